import { FootfallError } from '@footfall/core';
import { explain } from '@footfall/db';
import { fileProblemOf } from '@footfall/db/embedded';
import { ConfigError } from './config.ts';

/** Explains an error that the owner can fix, in one sentence; undefined for any other, which is a bug. */
export function explanationOf(error: unknown): string | undefined {
  const problem = fileProblemOf(error);
  if (problem !== undefined) return problem.message;
  const isExplained = error instanceof ConfigError || error instanceof FootfallError;
  if (isExplained && !('code' in error && error.code === 'SERVICE_UNAVAILABLE')) return error.message;
  const meaning = explain(error);
  if (meaning !== undefined) return `DATABASE_URL: ${meaning}`;
  return isExplained ? error.message : undefined;
}
