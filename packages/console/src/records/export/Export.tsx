import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconFileExport } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { openbulk } from '../../client.ts';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';
import type { RecordPage } from '../queries.ts';
import { ExportDialog } from './ExportDialog.tsx';

const formats = ['csv', 'ndjson', 'json'] as const;
export type ExportFormat = (typeof formats)[number];

interface Props {
  readonly organization: string;
  readonly resource: string;
  /** What is listed now: as much is exported, all pages of it. */
  readonly listed: RecordPage;
}

/** Exports the listed records to a file with a task. */
export function Export({ organization, resource, listed }: Props) {
  const { records: words } = useSpeech().say;
  const may = useMay('task.create');
  const mayFollow = useMay('base.bulk.management.get');
  const [opened, setOpened] = useState(false);
  const { mutate, data, error } = useMutation({
    mutationFn: (format: ExportFormat) =>
      openbulk.tasks.post('/v2/task/create', {
        headers: { 'OpenBulk-Organization': organization },
        body: {
          handler: 'ExportHandler',
          request: { resource, format, ...(listed.criteria && { criteria: listed.criteria }) },
        },
      }),
    onMutate: () => setOpened(true),
  });
  if (!may || !mayFollow) return null;
  return (
    <>
      <Menu>
        <Menu.Target>
          <Button
            variant="default"
            leftSection={<IconFileExport size={16} aria-hidden />}
            rightSection={<IconChevronDown size={16} aria-hidden />}
          >
            {listed.criteria ? words.exportThese : words.exportAll}
          </Button>
        </Menu.Target>
        <Menu.Dropdown maw="calc(100vw - 1.5rem)">
          {formats.map((format) => (
            <Menu.Item key={format} onClick={() => mutate(format)}>
              {words.formats[format]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <ExportDialog
        organization={organization}
        opened={opened}
        task={data?.task_id}
        error={error}
        onClose={() => setOpened(false)}
      />
    </>
  );
}
