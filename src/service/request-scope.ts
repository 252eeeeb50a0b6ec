export { inScope, RequestScope } from '../store/request-scope.ts';
