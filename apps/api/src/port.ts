import { once } from 'node:events';
import { createServer } from 'node:net';
import { ConfigError, type Config } from './config.ts';

/** How many ports above one that is taken are looked at for one that is free. */
const NEARBY = 20;

/** The lowest port that everyone may listen at. */
const UNPRIVILEGED = 1_024;

/**
 * Makes sure that the port is free: to be called before anything is opened, so that a start that cannot succeed touches
 * nothing.
 * @throws {ConfigError} with what to do
 */
export async function requirePort({ host, port }: Pick<Config, 'host' | 'port'>): Promise<void> {
  const error = await whyNotAt(host, port);
  if (error !== undefined) throw await cannotListen(error, { host, port });
}

/** What it means that Footfall cannot listen, and what to do. */
export async function cannotListen(
  { code, message }: NodeJS.ErrnoException,
  { host, port }: Pick<Config, 'host' | 'port'>,
): Promise<ConfigError> {
  if (code === 'EADDRINUSE') {
    const free = await freePortAbove(host, port);
    const other = free === undefined ? '' : `, such as PORT=${free}`;
    return new ConfigError(
      `PORT: port ${port} is in use by another program. Stop that program, or choose another port${other}.`,
    );
  }
  if (code === 'EACCES')
    return new ConfigError(
      `PORT: this user may not listen at port ${port}. Choose one from ${UNPRIVILEGED} on, such as PORT=3000, and put a reverse proxy before it.`,
    );
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new ConfigError(
      `HOST: this machine has no address ${host}. Use 127.0.0.1 for this machine alone, or 0.0.0.0 for every network it is in.`,
    );
  return new ConfigError(`HOST and PORT: cannot listen at ${host}:${port} (${code ?? message}).`);
}

async function freePortAbove(host: string, port: number): Promise<number | undefined> {
  for (let next = port + 1; next <= Math.min(port + NEARBY, 65_535); next += 1) {
    if ((await whyNotAt(host, next)) === undefined) return next;
  }
  return;
}

/** Listens for a moment. @returns undefined where that is possible */
async function whyNotAt(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  const probe = createServer();
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    probe.once('error', resolve);
    probe.listen({ host, port }, () => {
      resolve(undefined);
    });
  });
  if (error !== undefined) return error;
  probe.close();
  await once(probe, 'close');
  return;
}
