import project from '../../../package.json' with { type: 'json' };

/** The version of Footfall, as `--version` prints it. */
export const VERSION = project.version;
