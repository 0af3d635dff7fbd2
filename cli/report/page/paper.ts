/** Tells whether the page is about to be on paper, and when it is on the screen again. */
export function onPaper(tell: (isPaper: boolean) => void): void {
  addEventListener('beforeprint', () => tell(true));
  addEventListener('afterprint', () => tell(false));
  const paper = matchMedia('print');
  paper.addEventListener('change', () => tell(paper.matches));
}

/** Paper cannot be clicked: what is folded up on the screen is open on it, and folded up again afterwards. */
export function unfoldOnPaper(selector: string): void {
  let unfolded: HTMLDetailsElement[] = [];
  onPaper((isPaper) => {
    for (const each of unfolded) each.open = false;
    const all = [...document.querySelectorAll<HTMLDetailsElement>(selector)];
    unfolded = isPaper ? all.filter(({ open }) => !open) : [];
    for (const each of unfolded) each.open = true;
  });
}
