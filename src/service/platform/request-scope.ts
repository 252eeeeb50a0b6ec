export { inScope, RequestScope } from '../../store/connection/request-scope.ts';
