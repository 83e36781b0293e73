/** How long a page waits for a store that is slow or down, in milliseconds. */
export const STORE_TIMEOUT_MS = 1_200;

/** Whether a procedure, or the account, failed because the store does not answer. */
export function isStoreUnavailable(error: unknown): boolean {
  const errors = [error, error instanceof Error ? error.cause : undefined];
  return errors.some(
    (each) => each instanceof Error && 'code' in each && each.code === 'SERVICE_UNAVAILABLE',
  );
}

/**
 * The store's answer if it comes in time; undefined if it does not, or the store is down.
 * @param ms how long to wait, in milliseconds
 * @throws any other error
 */
export async function withTimeout<T>(answer: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  const answered = answer.catch((error: unknown) => {
    if (isStoreUnavailable(error)) return undefined;
    throw error;
  });
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
  }
}
