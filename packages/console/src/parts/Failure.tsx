import { Button } from '@mantine/core';
import { OpenBulkError } from '@openbulk/client';
import { IconAlertTriangle, IconLock, IconMapSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useSpeech } from '../say/language.tsx';
import { Empty } from './Empty.tsx';
import classes from './parts.module.css';

interface Props {
  readonly error: unknown;
  onRetry?(): void;
  /** `h1` where it is all of the page. */
  readonly heading?: 'h1' | 'h2';
}

/** In place of what could not be loaded, with what to do. */
export function Failure({ error, onRetry, heading = 'h2' }: Props) {
  const { say } = useSpeech();
  const { failure } = say;
  const code = error instanceof OpenBulkError ? error.code : undefined;
  if (code === 'forbidden') {
    return (
      <State heading={heading} icon={<IconLock size={40} stroke={1.25} aria-hidden />} title={failure.forbidden}>
        <p>{failure.forbiddenHelp}</p>
        <Said error={error} />
      </State>
    );
  }
  if (code === 'not_found') {
    return (
      <State heading={heading} icon={<IconMapSearch size={40} stroke={1.25} aria-hidden />} title={failure.missing}>
        <p>{failure.missingHelp}</p>
      </State>
    );
  }
  return (
    <State heading={heading} icon={<IconAlertTriangle size={40} stroke={1.25} aria-hidden />} title={failure.title}>
      <Said error={error} />
      {onRetry && (
        <Button variant="default" onClick={() => onRetry()}>
          {say.retry}
        </Button>
      )}
    </State>
  );
}

interface StateProps {
  readonly heading: 'h1' | 'h2';
  readonly icon: ReactNode;
  readonly title: string;
  readonly children: ReactNode;
}

function State({ heading: Heading, icon, title, children }: StateProps) {
  return (
    <div className={classes.state} role="alert">
      {icon}
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}

/** What the server said, which it says in English, and by which it finds the request in its log. */
export function Said({ error }: { readonly error: unknown }) {
  const { failure } = useSpeech().say;
  if (!(error instanceof OpenBulkError)) return <p>{failure.unreachable}</p>;
  const { message, problems, requestId } = error;
  return (
    <div className={classes.said}>
      {isWorded(error.code) ? <p>{failure[error.code]}</p> : <p lang="en">{message}</p>}
      {problems.map(({ field, message: problem }) => (
        <p key={`${field} ${problem}`} lang="en">
          {field} {problem}
        </p>
      ))}
      {requestId !== undefined && <p>{failure.request(requestId)}</p>}
    </div>
  );
}

/** Failures that only the client knows about, and those that are resolved as soon as they are seen. */
function isWorded(code: string): code is 'unreachable' | 'unauthorized' {
  return code === 'unreachable' || code === 'unauthorized';
}

/** Of an address that leads nowhere. */
export function MissingPage() {
  const { failure } = useSpeech().say;
  return (
    <Empty heading="h1" title={failure.missing} action={<Link to="/">{failure.home}</Link>}>
      {failure.missingHelp}
    </Empty>
  );
}

/** Of a fault of ours. */
export function BrokenPage({ error }: { readonly error: unknown }) {
  const { failure } = useSpeech().say;
  return (
    <div className={classes.state} role="alert">
      <h1>{failure.broken}</h1>
      <p>{failure.brokenHelp}</p>
      <p lang="en" className={classes.said}>
        {error instanceof Error ? error.message : String(error)}
      </p>
      <Button onClick={() => window.location.reload()}>{failure.reload}</Button>
    </div>
  );
}
