import { expect, type Locator, type Page } from '@playwright/test';

/** How an owner works a page. */
export interface Hands {
  /** Follows a link, presses a button, opens a menu. */
  readonly press: (target: Locator) => Promise<void>;
  /** Writes into a field, in place of what it has. */
  readonly write: (field: Locator, text: string) => Promise<void>;
  /** Chooses one of several options. */
  readonly choose: (option: Locator) => Promise<void>;
}

/** A mouse for what is pressed, and keys for text alone. */
export const pointer: Hands = {
  press: (target) => target.click(),
  write: (field, text) => field.fill(text),
  choose: (option) => option.check(),
};

/** Keys alone: nothing is clicked, and no element is given the focus but by the Tab key. */
export const keyboard: Hands = {
  press: async (target) => {
    await tabTo(target);
    await target.page().keyboard.press('Enter');
  },
  write: async (field, text) => {
    await tabTo(field);
    const keys = field.page().keyboard;
    await keys.press('ControlOrMeta+a');
    await keys.type(text);
    await expect(field).toHaveValue(text);
  },
  choose: async (option) => {
    const group = option.page().locator(`input[name="${(await option.getAttribute('name')) ?? ''}"]`);
    await tabTo(group);
    for (let times = await group.count(); times > 0 && !(await option.isChecked()); times -= 1)
      await option.page().keyboard.press('ArrowDown');
    await expect(option).toBeChecked();
  },
};

/** More elements than any page of the owner has that can be focused. */
const STOPS = 200;

/** Presses Tab until one of the elements is focused; at each stop on the way the focus can be seen. */
async function tabTo(target: Locator): Promise<void> {
  await expect(target.first()).toBeVisible();
  const page = target.page();
  for (let stops = 0; stops < STOPS; stops += 1) {
    if (await isFocused(target)) return;
    await page.keyboard.press('Tab');
    await expectVisibleFocus(page);
  }
  throw new Error(`The Tab key does not lead to ${target.toString()}.`);
}

const isFocused = (target: Locator): Promise<boolean> =>
  target.evaluateAll((elements) => elements.some((element) => element === document.activeElement));

/** What is focused, or the label or picture that stands for it, has an outline. */
async function expectVisibleFocus(page: Page): Promise<void> {
  const unseen = await page.evaluate(() => {
    const focused = document.activeElement;
    if (focused === null || focused === document.body || focused === document.documentElement) return '';
    // The button in a field for a date is the browser's, which draws its focus.
    if (focused.matches('input[type=date]:not(:focus-visible)')) return '';
    const labels = focused instanceof HTMLInputElement ? Array.from(focused.labels ?? []) : [];
    const isOutlined = (element: Element, pseudo?: string): boolean => {
      const { outlineStyle, outlineWidth } = getComputedStyle(element, pseudo);
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1;
    };
    const shown = [focused, ...labels, focused.parentElement].some((element) => {
      if (element === null) return false;
      const { width, height, bottom, top } = element.getBoundingClientRect();
      const isInView = width > 1 && height > 1 && bottom > 0 && top < innerHeight;
      return isInView && (isOutlined(element) || isOutlined(element, '::after'));
    });
    return shown ? '' : focused.outerHTML.slice(0, 200);
  });
  expect(unseen, 'the focus is seen').toBe('');
}
