import { columnName, findColumn, type RecordResource } from '../../catalogue/record-resource.ts';
import parts from '../../parts/parts.module.css';
import { ListedValue } from '../../records/table/Value.tsx';
import { useSpeech } from '../../say/language.tsx';
import classes from '../actions.module.css';
import type { Preview } from '../queries.ts';

const columns = ['mac', 'hostname', 'ip', 'vendor', 'site', 'lastSeen', 'action'] as const;

interface Props {
  readonly resource: RecordResource;
  readonly devices: Preview['sample'];
  readonly total: number;
}

/** Some of the devices that were found. */
export function Sample({ resource, devices, total }: Props) {
  const { say, format } = useSpeech();
  return (
    <>
      {devices.length < total && <p className={classes.help}>{say.jobs.sample(format.count(devices.length))}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard */}
      <section className={`${parts.scroll} ${classes.sample}`} tabIndex={0} aria-label={say.jobs.sampleTable}>
        <table className={parts.table}>
          <thead>
            <tr>
              {columns.map((name) => (
                <th key={name} scope="col">
                  {columnName(resource, name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {devices.map((device) => (
              <tr key={String(device.id)}>
                {columns.map((name) => (
                  <td key={name} className={classes.cell}>
                    <ListedValue value={device[name]} column={findColumn(resource, name)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
