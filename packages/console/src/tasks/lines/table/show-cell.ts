/** Scrolls a region sideways so far that a cell is neither outside nor behind the columns that stay in place. */
export function showCell(region: HTMLElement, cell: HTMLElement): void {
  const fixed = Number.parseFloat(getComputedStyle(region).scrollPaddingLeft) || 0;
  const { left, right } = cell.getBoundingClientRect();
  const box = region.getBoundingClientRect();
  if (left < box.left + fixed || right > box.right) region.scrollLeft += left - box.left - fixed - 16;
}
