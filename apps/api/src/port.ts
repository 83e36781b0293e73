import { once } from 'node:events';
import { createServer } from 'node:net';
import { ConfigError, type Config } from './config.ts';

/** How many of the next ports are tried to find a free one. */
const NEARBY = 20;

/** The lowest port that needs no privilege. */
const UNPRIVILEGED = 1_024;

/**
 * Checks that the port is free. Call it before anything is opened, so that a start that cannot succeed changes
 * nothing.
 * @throws {ConfigError} with what to do
 */
export async function requirePort({ host, port }: Pick<Config, 'host' | 'port'>): Promise<void> {
  const error = await whyNotAt(host, port);
  if (error !== undefined) throw await cannotListen(error, { host, port });
}

/** Explains why Footfall cannot listen, and what to do. */
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
      `PORT: this user may not listen at port ${port}. Choose ${UNPRIVILEGED} or higher, such as PORT=3000, and put a reverse proxy in front of it.`,
    );
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new ConfigError(
      `HOST: this machine has no address ${host}. Use 127.0.0.1 for this machine only, or 0.0.0.0 for all its networks.`,
    );
  return new ConfigError(`HOST and PORT: cannot listen at ${host}:${port} (${code ?? message}).`);
}

async function freePortAbove(host: string, port: number): Promise<number | undefined> {
  for (let next = port + 1; next <= Math.min(port + NEARBY, 65_535); next += 1) {
    if ((await whyNotAt(host, next)) === undefined) return next;
  }
  return;
}

/** Listens for a moment. @returns undefined if that is possible */
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
