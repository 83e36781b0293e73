/** A rendered page, as it is sent to many readers. */
interface Rendered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ArrayBuffer;
}

interface Render {
  /** Identifies what the page shows; the same state is not rendered twice. */
  readonly state: string;
  readonly render: () => Promise<Response>;
}

/**
 * Makes a cache of rendered pages with one page for each key: that of its newest state.
 * Requests during a render wait for it. A page that fails, or has `no-store`, is not cached.
 */
export function renderedOnce(): (key: string, render: Render) => Promise<Response> {
  const pages = new Map<string, { readonly state: string; readonly page: Promise<Rendered> }>();

  return async (key, { state, render }) => {
    let entry = pages.get(key);
    if (entry?.state !== state) {
      const fresh = { state, page: read(render) };
      const forget = () => pages.get(key) === fresh && pages.delete(key);
      const isCacheable = ({ status, headers }: Rendered) =>
        status === 200 && headers.get('cache-control') !== 'no-store';
      fresh.page.then((page) => isCacheable(page) || forget(), forget);
      pages.set(key, fresh);
      entry = fresh;
    }
    const { status, headers, body } = await entry.page;
    return new Response(body, { status, headers });
  };
}

async function read(render: () => Promise<Response>): Promise<Rendered> {
  const response = await render();
  return { status: response.status, headers: response.headers, body: await response.arrayBuffer() };
}
