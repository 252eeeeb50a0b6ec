import { type ReactNode, useEffect, useRef } from 'react';

/** The heading of a step. It gets the focus when a person moves to the step, but not when they open the page. */
export function StepHeading({ children, first = false }: { readonly children: ReactNode; readonly first?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!first) heading.current?.focus();
  }, [first]);
  return (
    <h2 ref={heading} tabIndex={-1}>
      {children}
    </h2>
  );
}
