import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { parseStart } from './actions/new-job/start.ts';
import { parseJobsView } from './actions/queries.ts';
import { Frame } from './frame/Frame.tsx';
import { Home } from './frame/Home.tsx';
import { InOrganization } from './frame/InOrganization.tsx';
import { parseStep } from './imports/steps.ts';
import { BrokenPage, MissingPage } from './parts/Failure.tsx';
import { parseRecordsView } from './records/view.ts';
import { parseNewResource } from './resources/new/start.ts';
import { parseFilters } from './tasks/list/filters.ts';
import { parseTaskView } from './tasks/view.ts';

const root = createRootRoute({ component: Frame, errorComponent: BrokenPage, notFoundComponent: MissingPage });

const home = createRoute({ getParentRoute: () => root, path: '/', component: Home });

/** Everything lies in an organization, which the address names by its slug. */
const organization = createRoute({ getParentRoute: () => root, path: '/o/$organization', component: InOrganization });

const entrance = createRoute({
  getParentRoute: () => organization,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/o/$organization/tasks', params, replace: true });
  },
});

const tasks = createRoute({
  getParentRoute: () => organization,
  path: '/tasks',
  validateSearch: parseFilters,
  component: lazyRouteComponent(() => import('./tasks/list/TaskList.tsx'), 'TaskList'),
});

const task = createRoute({
  getParentRoute: () => organization,
  path: '/tasks/$task',
  validateSearch: parseTaskView,
  component: lazyRouteComponent(() => import('./tasks/page/TaskPage.tsx'), 'TaskPage'),
});

const newImport = createRoute({
  getParentRoute: () => organization,
  path: '/import',
  validateSearch: parseStep,
  component: lazyRouteComponent(() => import('./imports/NewImport.tsx'), 'NewImport'),
});

const actions = createRoute({
  getParentRoute: () => organization,
  path: '/actions',
  validateSearch: parseJobsView,
  component: lazyRouteComponent(() => import('./actions/jobs/JobList.tsx'), 'JobList'),
});

const newAction = createRoute({
  getParentRoute: () => organization,
  path: '/actions/new',
  validateSearch: parseStart,
  component: lazyRouteComponent(() => import('./actions/new-job/NewAction.tsx'), 'NewAction'),
});

const action = createRoute({
  getParentRoute: () => organization,
  path: '/actions/$job',
  component: lazyRouteComponent(() => import('./actions/jobs/JobPage.tsx'), 'JobPage'),
});

const recordsEntrance = createRoute({
  getParentRoute: () => organization,
  path: '/records',
  component: lazyRouteComponent(() => import('./records/RecordsEntrance.tsx'), 'RecordsEntrance'),
});

const records = createRoute({
  getParentRoute: () => organization,
  path: '/records/$resource',
  validateSearch: parseRecordsView,
  component: lazyRouteComponent(() => import('./records/RecordList.tsx'), 'RecordList'),
});

const resources = createRoute({
  getParentRoute: () => organization,
  path: '/resources',
  component: lazyRouteComponent(() => import('./resources/ResourceList.tsx'), 'ResourceList'),
});

const resource = createRoute({
  getParentRoute: () => organization,
  path: '/resources/$resource',
  component: lazyRouteComponent(() => import('./resources/page/ResourcePage.tsx'), 'ResourcePage'),
});

const editResource = createRoute({
  getParentRoute: () => organization,
  path: '/resources/$resource/edit',
  component: lazyRouteComponent(() => import('./resources/EditResource.tsx'), 'EditResource'),
});

/** Beside the resources, any of which may be called `new`. */
const newResource = createRoute({
  getParentRoute: () => organization,
  path: '/new-resource',
  validateSearch: parseNewResource,
  component: lazyRouteComponent(() => import('./resources/new/NewResource.tsx'), 'NewResource'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    organization.addChildren([
      ...[entrance, tasks, task, newImport, actions, newAction, action, recordsEntrance, records],
      ...[resources, resource, editResource, newResource],
    ]),
  ]),
  defaultErrorComponent: BrokenPage,
  defaultPreload: 'intent',
  scrollRestoration: true,
  // Plain addresses, which people can read and write: ?status=failed&page=2
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch(search) {
    const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return text === '' ? '' : `?${text}`;
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
