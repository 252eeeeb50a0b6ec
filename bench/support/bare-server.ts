/**
 * The floor of `bench:reads`, in a separate process: only Fastify and pg; no token, no schema, no count. It says on
 * stdout where it listens.
 */
import { fastify } from 'fastify';
import { openPool } from '../../src/store/connection/pool.ts';
import { TASK_COLUMNS, TASK_TABLES } from '../../src/store/tasks/tasks.ts';

const [databaseUrl = '', organizationId] = process.argv.slice(2);
const pool = openPool({ url: databaseUrl, applicationName: 'bare server', max: 16 });
const app = fastify();

app.get('/list', async () => {
  const { rows } = await pool.query(
    `select ${TASK_COLUMNS} from ${TASK_TABLES} where t.organization_id = $1 and t.status = 'completed' and t.historized_at is null
     order by t.id desc limit 50`,
    [organizationId],
  );
  return rows;
});

app.get<{ Params: { id: string } }>('/tasks/:id', async ({ params }) => {
  const { rows } = await pool.query(
    `select ${TASK_COLUMNS} from ${TASK_TABLES} where t.organization_id = $1 and t.id = $2`,
    [organizationId, params.id],
  );
  return rows[0];
});

console.log(await app.listen({ host: '127.0.0.1', port: 0 }));
