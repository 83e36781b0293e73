/** Bytes of a piece: one is sent within the time that the server gives a request, also on a slow line. */
const PIECE = 512 * 1024;

/** How often a piece is sent again after the connection failed, and how long it waits before, in milliseconds. */
const TRIES = 5;
const PAUSE_MS = 1_000;

/** Answers after which the same may be sent again. */
const PASSING = [408, 429, 503];

/**
 * Uploads a file, piece by piece.
 * @param onSent is called with the share that the server has
 * @returns the code of what the server refused it with; undefined where it has all of it
 */
export async function uploadFile(file: File, onSent: (share: number) => void): Promise<string | undefined> {
  if (file.size === 0) return 'BAD_REQUEST';
  for (let offset = 0; offset < file.size; offset += PIECE) {
    const refused = await sendPiece(file.slice(offset, offset + PIECE), { offset, size: file.size });
    if (refused !== undefined) return refused;
    onSent(Math.min(1, (offset + PIECE) / file.size));
  }
  return undefined;
}

async function sendPiece(piece: Blob, at: { offset: number; size: number }): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(`/api/import/upload?offset=${at.offset}&size=${at.size}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: piece,
    }).catch(() => undefined);
    if (answer?.ok === true) return undefined;
    const { code } = ((await answer?.json().catch(() => ({}))) ?? {}) as { code?: string };
    if (answer !== undefined && !PASSING.includes(answer.status)) return code ?? 'other';
    if (tries === TRIES) return code ?? 'other';
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * tries));
  }
}
