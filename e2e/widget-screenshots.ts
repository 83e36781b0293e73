/** Takes pictures of the widget on host pages: `pnpm --filter @footfall/e2e widget-screenshots [folder]`. */
import { mkdir } from 'node:fs/promises';
import { launchBrowser } from './browser.ts';
import { startHostSite } from './host-site.ts';
import { startServer } from './server.ts';
import { ANYWHERE, numbers, snippet, title, visitFrom } from './widget.ts';

const folder = process.argv[2] ?? `${import.meta.dirname}/test-results/widget`;
await mkdir(folder, { recursive: true });

/** Attributes of the widget, and of its container, by the name of the picture. */
const VARIANTS: Readonly<Record<string, readonly [widget: string, container?: string]>> = {
  classic: [''],
  auto: ['theme="auto"'],
  light: ['theme="light"'],
  dark: ['theme="dark"'],
  plain: ['theme="plain"'],
  inline: ['theme="auto" position="inline"'],
  strip: ['theme="auto" position="fixed-bottom"'],
  'strip-classic': ['position="fixed-bottom"'],
  german: ['theme="auto"', 'lang="de"'],
  arabic: ['theme="auto"', 'lang="ar" dir="rtl"'],
  'arabic-strip': ['theme="auto" position="fixed-bottom"', 'lang="ar" dir="rtl"'],
  ...narrow('classic', ''),
  ...narrow('auto', 'theme="auto"'),
  ...narrow('german', 'theme="auto" lang="de"'),
  ...narrow('arabic', 'theme="auto" lang="ar"'),
};

/** The same widget in containers of some widths. */
function narrow(name: string, widget: string): Record<string, [widget: string, container: string]> {
  const variants: Record<string, [string, string]> = {};
  for (const width of [160, 219, 220, 320])
    variants[`${name}-${width}`] = [widget, `style="width: ${width}px; outline: 1px dotted red"`];
  return variants;
}

const WIDTHS = { phone: 390, desktop: 1_280 };
const STYLE = `<style>
  :root { color-scheme: light dark; }
  body { margin: 0; font: 16px/1.5 Georgia, serif; }
  p { margin: 24px; }
</style>`;

await using footfall = await startServer({ env: ANYWHERE });
for (let visitor = 1; visitor <= 127; visitor += 1) {
  await visitFrom(footfall, visitor % 7 < 5 ? 'BD' : 'GB', visitor);
}
const host = await startHostSite((path) => {
  const { searchParams } = new URL(path, 'http://host.example');
  const [widget, container = ''] = VARIANTS[searchParams.get('look') ?? 'classic'] ?? [''];
  const text = '<p>A page of a website, with some text.</p>';
  return `${STYLE}${text}<div ${container}>${snippet(footfall.url, widget)}</div><p>Its footer.</p>`;
});
const browser = await launchBrowser();

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [device, width] of Object.entries(WIDTHS)) {
    const page = await browser.newPage({
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width, height: 620 },
    });
    const open = async (look: string): Promise<void> => {
      await page.goto(`${host.url}/?look=${look}`);
      await numbers(page).getByText(/[1١]/).first().waitFor();
    };
    const take = (name: string) =>
      page.screenshot({ path: `${folder}/${name}-${colorScheme}-${device}.png` });
    for (const look of Object.keys(VARIANTS)) {
      if (/\d/.test(look) && device === 'desktop') continue; // the container has its own width
      await open(look);
      await take(look);
    }
    for (const look of ['classic', 'auto', 'strip']) {
      await open(look);
      await page.locator('visitor-tracker dt summary').first().click();
      await take(`${look}-explained`);
    }
    await page.goto(footfall.url); // this view counts itself
    await page.locator('visitor-tracker').scrollIntoViewIfNeeded();
    await take('home');
    await page.close();
  }
}

const page = await browser.newPage({ reducedMotion: 'reduce', viewport: { width: 1_000, height: 560 } });
await page.goto(host.url);
await numbers(page)
  .getByText(/^1\d\d$/)
  .first()
  .waitFor();
await footfall.kill();
await title(page).getByText('Last known').waitFor();
await page.screenshot({ path: `${folder}/offline.png` });
await browser.close();
await host.stop();
console.log(`The pictures are in ${folder}.`);
