import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type ErrorComponentProps,
} from '@tanstack/react-router';
import { Link } from '@tanstack/react-router';
import { buttonStyle } from '../ui/button';
import { readSearch } from '../features/audit/room-filters';
import { EmptyState, ErrorPanel, LoadingPage } from '../ui/feedback';
import { Shell } from './shell';

function PageError({ error, reset }: ErrorComponentProps) {
  return <ErrorPanel error={error} what="This page could not be shown." onRetry={reset} />;
}

function NotFound() {
  return (
    <EmptyState
      page
      kind="nomatch"
      title="There is no such page"
      action={
        <Link to="/" className={buttonStyle()}>
          Go home
        </Link>
      }
    >
      The address may be mistyped, or the page may have moved.
    </EmptyState>
  );
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: PageError });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../features/home/page'), 'HomePage'),
});
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } => {
    const next = search['next'];
    // Only paths of this origin: a foreign address here would be an open redirect.
    return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? { next } : {};
  },
  component: lazyRouteComponent(() => import('../features/sign-in/page'), 'SignInPage'),
});
const projects = createRoute({
  getParentRoute: () => root,
  path: '/projects',
  validateSearch: (search: Record<string, unknown>): { q?: string } =>
    typeof search['q'] === 'string' && search['q'] ? { q: search['q'] } : {},
  component: lazyRouteComponent(() => import('../features/projects/list-page'), 'ProjectsPage'),
});
const newProject = createRoute({
  getParentRoute: () => root,
  path: '/new',
  component: lazyRouteComponent(() => import('../features/wizard/page'), 'NewProjectPage'),
});
const editDraft = createRoute({
  getParentRoute: () => root,
  path: '/new/$draft',
  component: lazyRouteComponent(() => import('../features/wizard/page'), 'EditDraftPage'),
});

const project = createRoute({
  getParentRoute: () => root,
  path: '/p/$project',
  component: lazyRouteComponent(() => import('../features/projects/layout'), 'ProjectLayout'),
});
const overview = createRoute({
  getParentRoute: () => project,
  path: '/',
  component: lazyRouteComponent(() => import('../features/projects/overview'), 'OverviewPage'),
});
const deliverables = createRoute({
  getParentRoute: () => project,
  path: '/deliverables',
  component: lazyRouteComponent(() => import('../features/deliverables/page'), 'DeliverablesPage'),
});
const money = createRoute({
  getParentRoute: () => project,
  path: '/money',
  component: lazyRouteComponent(() => import('../features/funding/page'), 'MoneyPage'),
});
const audit = createRoute({
  getParentRoute: () => project,
  path: '/audit',
  component: lazyRouteComponent(() => import('../features/audit/page'), 'AuditPage'),
});
const terms = createRoute({
  getParentRoute: () => project,
  path: '/terms',
  component: lazyRouteComponent(() => import('../features/projects/terms'), 'TermsPage'),
});
const milestone = createRoute({
  getParentRoute: () => project,
  path: '/m/$milestone',
  component: lazyRouteComponent(() => import('../features/milestone/page'), 'MilestonePage'),
});
const receipt = createRoute({
  getParentRoute: () => project,
  path: '/m/$milestone/receipt',
  component: lazyRouteComponent(() => import('../features/milestone/receipt'), 'ReceiptPage'),
});

const earnings = createRoute({
  getParentRoute: () => root,
  path: '/earnings',
  component: lazyRouteComponent(() => import('../features/earnings/page'), 'EarningsPage'),
});
const activity = createRoute({
  getParentRoute: () => root,
  path: '/activity',
  component: lazyRouteComponent(() => import('../features/settings/activity'), 'ActivityPage'),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('../features/settings/page'), 'SettingsPage'),
});
const status = createRoute({
  getParentRoute: () => root,
  path: '/status',
  component: lazyRouteComponent(() => import('../features/settings/status'), 'StatusPage'),
});
const verify = createRoute({
  getParentRoute: () => root,
  path: '/verify',
  component: lazyRouteComponent(() => import('../features/audit/verify-page'), 'VerifyPage'),
});
const auditRoom = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import('../features/audit/room-page'), 'AuditRoomPage'),
});
const erasure = createRoute({
  getParentRoute: () => root,
  path: '/erasure/$id',
  component: lazyRouteComponent(() => import('../features/settings/erasure'), 'ErasurePage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    signIn,
    projects,
    newProject,
    editDraft,
    project.addChildren([overview, deliverables, money, audit, terms, milestone, receipt]),
    earnings,
    activity,
    settings,
    status,
    verify,
    auditRoom,
    erasure,
  ]),
  defaultPreload: 'intent',
  defaultPendingComponent: LoadingPage,
  defaultErrorComponent: PageError,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
