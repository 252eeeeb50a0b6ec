import type { Step } from '../steps.ts';
import { CheckResult } from './CheckResult.tsx';
import { UploadProgress, UploadRefused } from './UploadStatus.tsx';
import type { UploadState } from './use-upload.ts';

interface Props {
  readonly organization: string;
  readonly upload: UploadState;
  /** The task that checks the file as it is to be imported now, when there is one. */
  readonly check: string | undefined;
  /** The import of what was checked was begun. @param id of its task */
  onRun(id: string): void;
  onBack(step: Step): void;
}

/** The file is on its way, to be checked or to be imported; or what the check has found. */
export function CheckStep({ organization, upload, check, onRun, onBack }: Props) {
  const { submission, start } = upload;
  if (upload.sending) return <UploadProgress upload={upload} />;
  if (upload.error) {
    return (
      <UploadRefused
        upload={upload}
        onAgain={() => submission && start(submission)}
        onFile={() => onBack('file')}
        onColumns={() => onBack('columns')}
      />
    );
  }
  return (
    check !== undefined && (
      <CheckResult key={check} organization={organization} id={check} onRun={onRun} onBack={() => onBack('columns')} />
    )
  );
}
