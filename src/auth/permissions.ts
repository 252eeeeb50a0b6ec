/** The list stands where everyone may read it: the service asks for permissions, too. */
export {
  ALL_PERMISSIONS,
  describePermission,
  isPermission,
  PERMISSIONS,
  type Permission,
} from '../task/permissions.ts';
