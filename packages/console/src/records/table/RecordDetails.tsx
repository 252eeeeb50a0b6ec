import { Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import { columnName, findColumn, type RecordResource } from '../../catalogue/record-resource.ts';
import { Moment } from '../../parts/Moment.tsx';
import { useSpeech } from '../../say/language.tsx';
import classes from '../records.module.css';
import { Value } from './Value.tsx';
import { type ListedRecord, membersOf, ownOf, plainText, valueAt } from './values.ts';

interface Props {
  readonly resource: RecordResource;
  readonly record: ListedRecord | undefined;
  onClose(): void;
}

/** All that a record has. */
export function RecordDetails({ resource, record, onClose }: Props) {
  const { say } = useSpeech();
  // While it closes, it still shows what it showed.
  const [shown, setShown] = useState(record);
  useEffect(() => {
    if (record) setShown(record);
  }, [record]);
  if (!shown) return null;
  const { id, createdAt, updatedAt } = ownOf(shown, resource);
  const own: readonly (string | undefined)[] = Object.values(resource.members);
  const values = Object.fromEntries(Object.entries(shown).filter(([member]) => !own.includes(member)));
  const [naming] = resource.columns;
  const name = naming && plainText(valueAt(shown, naming.name));
  return (
    <Modal
      size="lg"
      opened={record !== undefined}
      onClose={onClose}
      title={name || say.records.unnamed}
      closeButtonProps={{ 'aria-label': say.close }}
    >
      <dl className={classes.members}>
        {membersOf(values).map(([member, value]) => (
          <Member key={member} name={columnName(resource, member)}>
            <Value value={value} column={findColumn(resource, member)} />
          </Member>
        ))}
        {createdAt !== undefined && (
          <Member name={say.records.times.createdAt}>
            <Moment at={createdAt} />
          </Member>
        )}
        {updatedAt !== undefined && (
          <Member name={say.records.times.updatedAt}>
            <Moment at={updatedAt} />
          </Member>
        )}
        {id !== undefined && (
          <Member name={say.records.id}>
            <span className={classes.mono}>{id}</span>
          </Member>
        )}
      </dl>
    </Modal>
  );
}

function Member({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
