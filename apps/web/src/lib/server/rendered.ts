/** One page as it was rendered, to be answered to many. */
interface Rendered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ArrayBuffer;
}

interface Render {
  /** What the page shows; the same state is not rendered twice. */
  readonly state: string;
  readonly render: () => Promise<Response>;
}

/**
 * Makes a cache of rendered pages that keeps one page for each key: the one of its newest state.
 * Who asks while a page is being rendered waits for that render. A page that fails is not kept, nor one that says `no-store`.
 */
export function renderedOnce(): (key: string, render: Render) => Promise<Response> {
  const pages = new Map<string, { readonly state: string; readonly page: Promise<Rendered> }>();

  return async (key, { state, render }) => {
    let held = pages.get(key);
    if (held?.state !== state) {
      const fresh = { state, page: read(render) };
      const forget = () => pages.get(key) === fresh && pages.delete(key);
      const isKept = ({ status, headers }: Rendered) =>
        status === 200 && headers.get('cache-control') !== 'no-store';
      fresh.page.then((page) => isKept(page) || forget(), forget);
      pages.set(key, fresh);
      held = fresh;
    }
    const { status, headers, body } = await held.page;
    return new Response(body, { status, headers });
  };
}

async function read(render: () => Promise<Response>): Promise<Rendered> {
  const response = await render();
  return { status: response.status, headers: response.headers, body: await response.arrayBuffer() };
}
