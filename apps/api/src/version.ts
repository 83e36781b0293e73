import project from '../../../package.json' with { type: 'json' };

/** The version of Footfall, as `--version` says it. */
export const VERSION = project.version;
