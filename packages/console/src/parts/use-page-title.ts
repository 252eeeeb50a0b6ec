import { useEffect } from 'react';

/** Names the page in the browser's tab and in its history. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} – OpenBulk`;
  }, [title]);
}
