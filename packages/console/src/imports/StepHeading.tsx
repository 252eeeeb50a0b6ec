import { type ReactNode, useEffect, useRef } from 'react';

/** The heading of a step. Who comes to the step is led there, by keyboard and by ear, not whoever has only just opened the page. */
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
