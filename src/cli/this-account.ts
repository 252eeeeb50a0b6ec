import { hostname, userInfo } from 'node:os';

/** Who runs this command, as far as the machine knows: `ada@host`. */
export function thisAccount(): string {
  return `${accountName()}@${hostname()}`;
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container an account may have a number and no name.
    return String(process.getuid?.() ?? 'somebody');
  }
}
