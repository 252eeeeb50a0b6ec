import { useNavigate, useSearch } from '@tanstack/react-router';
import parts from '../parts/parts.module.css';
import { usePageTitle } from '../parts/use-page-title.ts';
import { useSpeech } from '../say/language.tsx';
import { CheckStep } from './check/CheckStep.tsx';
import { useUpload } from './check/use-upload.ts';
import { ColumnsStep } from './columns/ColumnsStep.tsx';
import { isReady, problemsOf } from './columns/mapping.ts';
import { useDraft } from './draft/use-draft.ts';
import { FileStep } from './file/FileStep.tsx';
import { isReadable } from './file/wide.ts';
import { StepMarks } from './StepMarks.tsx';
import { StopBeforeLeaving } from './StopBeforeLeaving.tsx';
import type { Step } from './steps.ts';

const PATH = '/o/$organization/import';

/** The steps of an import. Which one is shown is in the address, as far as the ones before are done. */
export function ImportSteps({ organization }: { readonly organization: string }) {
  const { say } = useSpeech();
  usePageTitle(say.imports.title);
  const { step: wanted = 'file', action } = useSearch({ from: PATH });
  const navigate = useNavigate({ from: PATH });
  const draft = useDraft(organization, action);
  const { picked, preview, order, check } = draft;
  const asked = JSON.stringify([picked?.number, order]);
  const upload = useUpload(organization, ({ id }, { order: { dryRun } }) => {
    draft.remember();
    if (dryRun) draft.setCheck({ id, of: asked });
    else finish(id);
  });
  const finish = (id: string) => {
    draft.end();
    navigate({ to: '/o/$organization/tasks/$task', params: { organization, task: id } });
  };

  const readable = preview !== undefined && isReadable(preview) && !draft.error;
  const ready = readable && isReady(problemsOf(preview, draft.columns)) && draft.dateFormat !== undefined;
  const made = check?.of === asked ? check.id : undefined;
  const step = reached(wanted, readable, ready && (upload.sending || upload.error !== null || made !== undefined));
  const go = (to: Step) => navigate({ search: to === 'file' ? {} : { step: to } });
  const submit = async (dryRun: boolean) => {
    if (!picked) return;
    await go('check');
    upload.start({ file: picked.file, order: { ...order, ...(dryRun && { dryRun }) } });
  };
  const back = (to: Step) => {
    upload.reset();
    go(to);
  };
  return (
    <>
      <div className={parts.head}>
        <h1>{say.imports.title}</h1>
        <StepMarks step={step} onGo={back} />
      </div>
      {step === 'file' && <FileStep organization={organization} draft={draft} onNext={() => go('columns')} />}
      {step === 'columns' && preview && (
        <ColumnsStep
          organization={organization}
          draft={draft}
          preview={preview}
          onCheck={() => submit(true)}
          onRun={() => submit(false)}
          onBack={() => go('file')}
        />
      )}
      {step === 'check' && picked && (
        <CheckStep organization={organization} upload={upload} check={made} onRun={finish} onBack={back} />
      )}
      <StopBeforeLeaving upload={upload} touched={draft.touched} />
    </>
  );
}

function reached(wanted: Step, readable: boolean, submitted: boolean): Step {
  if (!readable || wanted === 'file') return 'file';
  return wanted === 'check' && submitted ? 'check' : 'columns';
}
