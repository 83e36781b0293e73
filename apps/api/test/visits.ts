import { onTestFinished } from 'vitest';
import type { Footfall } from './support.ts';

interface Update {
  readonly count: number;
  readonly version: number;
  readonly stats: { readonly todayVisits: number; readonly activeUsers: number };
  readonly recent: readonly { readonly id: number; readonly page: string; readonly source: string }[];
  readonly here: { readonly pages: readonly { readonly value: string; readonly visitors: number }[] };
}

/** Follows the owner's numbers; what came is in `updates`, and `ended` resolves when the server ends it. */
export async function followVisits({ url }: Pick<Footfall, 'url'>, headers: Record<string, string>) {
  const abort = new AbortController();
  onTestFinished(() => {
    abort.abort();
  });
  const response = await fetch(`${url}/api/live/visits`, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: abort.signal,
  });
  const updates: Update[] = [];
  const read = async (): Promise<void> => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data !== undefined) updates.push(JSON.parse(data) as Update);
      }
    }
  };
  return { response, updates, ended: read().catch(() => {}) };
}
