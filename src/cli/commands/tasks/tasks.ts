import type { Command } from 'commander';
import type { SetExitCode } from '../../terminal/exit.ts';
import { addTaskChanges } from './tasks-change.ts';
import { addTasksFix } from './tasks-fix.ts';
import { addTasksList } from './tasks-list.ts';
import { addTasksReport } from './tasks-report.ts';
import { addTasksRun } from './tasks-run.ts';
import { addTasksShow } from './tasks-show.ts';
import { addTasksWatch } from './tasks-watch.ts';

export function addTasks(program: Command, setExitCode: SetExitCode): void {
  const tasks = program.command('tasks').description('list, show, correct, run, cancel, pause and resume tasks');
  addTasksList(tasks);
  addTasksShow(tasks);
  addTasksWatch(tasks, setExitCode);
  addTaskChanges(tasks);
  addTasksReport(tasks);
  addTasksFix(tasks, setExitCode);
  addTasksRun(tasks, setExitCode);
}
