import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../files/make-folder.ts';

/** Where the embedded PostgreSQL keeps its things inside the data folder. All paths are absolute and real. */
export interface Home {
  readonly dataDir: string;
  /** PGDATA. */
  readonly cluster: string;
  /** Log of the server, bounded; see log-file.ts. */
  readonly logFile: string;
  /** Held while the server is started, adopted or stopped; see lock.ts. */
  readonly lock: string;
  /** One file for each command that uses the server; see users.ts. */
  readonly users: string;
  /** Tells the person at the terminal what is going on. */
  readonly report: (message: string) => void;
}

/** Makes the data folder if it is missing and lays out the paths in it. */
export function openHome(dataDir: string, report: (message: string) => void): Home {
  makeFolder(dataDir);
  // The real path, because a server is recognised by the folder in its command line, however a command spelled it.
  const real = realpathSync(dataDir);
  return {
    dataDir: real,
    cluster: join(real, 'postgres'),
    logFile: join(real, 'postgres.log'),
    lock: join(real, 'postgres.lock'),
    users: join(real, 'postgres.users'),
    report,
  };
}
