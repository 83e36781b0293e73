import { isbot } from 'isbot';

/** User agents remembered with their verdict: a site sees few of them, and isbot's expression is long. */
const REMEMBERED = 2_000;

// A browser's is 100 to 300 characters; only the head of a longer one is looked at.
const LONGEST = 512;

/**
 * Makes the question "does this user agent belong to a bot?". Crawlers and libraries by isbot's list, headless browsers,
 * and whoever sends no user agent at all: every browser sends one.
 */
export function botFilter(): (userAgent: string) => boolean {
  const verdicts = new Map<string, boolean>();
  return (userAgent) => {
    const head = userAgent.length > LONGEST ? userAgent.slice(0, LONGEST) : userAgent;
    let verdict = verdicts.get(head);
    if (verdict === undefined) {
      verdict = head.trim() === '' || /headless/i.test(head) || isbot(head);
      if (verdicts.size >= REMEMBERED) verdicts.clear();
      verdicts.set(head, verdict);
    }
    return verdict;
  };
}
