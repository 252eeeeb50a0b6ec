import { describe, expect, test } from 'vitest';
import { newId, parseId, toHex24 } from '../task/ids.ts';
import { createdBy, type Principal, principalId } from './principal.ts';
import { principalOf } from './tokens/claims/claims.ts';

const issuer = 'https://issuer.example/oauth2';

describe('the id of a subject', () => {
  test('is the subject itself where it is one of our ids, in either spelling', () => {
    const id = newId();
    expect(principalId(issuer, id)).toBe(id);
    expect(principalId(issuer, toHex24(id))).toBe(id);
  });

  test('is otherwise an id of ours that depends on issuer and subject, and on nothing else', () => {
    const id = principalId(issuer, 'auth0|alice');
    expect(id).toBe('00175309-22cb-8101-87c7-a8f9b2000000');
    expect(parseId(id)).toBe(id);
    expect(principalId(issuer, 'auth0|bob')).not.toBe(id);
    expect(principalId('https://other.example', 'auth0|alice')).not.toBe(id);
  });

  test('cannot be met by moving characters from the issuer to the subject', () => {
    expect(principalId('https://a.example/x', 'y')).not.toBe(principalId('https://a.example/', 'xy'));
  });
});

describe('the principal of claims', () => {
  const one = newId();
  const two = newId();

  test('sees the organizations of either claim, one or many, in either spelling, and ignores what is no id', () => {
    const principal = principalOf(
      { sub: 's', organization: toHex24(one), organizations: [two, 'demo', 7, null] },
      issuer,
    );
    expect(principal.organizations).toEqual(new Set([one, two]));
    expect(principalOf({ sub: 's', organization: [one, two] }, issuer).organizations).toEqual(new Set([one, two]));
    expect(principalOf({ sub: 's' }, issuer).organizations).toEqual(new Set());
  });

  test('has the permissions that the scope lists', () => {
    const principal = principalOf({ sub: 's', scope: 'base.bulk.management.list  x' }, issuer);
    expect(principal.permissions).toEqual(new Set(['base.bulk.management.list', 'x']));
    expect(principalOf({ sub: 's', scope: ['x', 'y', 1] }, issuer).permissions).toEqual(new Set(['x', 'y']));
    expect(principalOf({ sub: 's', scope: { x: 'y' } }, issuer).permissions).toEqual(new Set());
  });

  test('is a client when the subject is the client, a user otherwise', () => {
    expect(principalOf({ sub: 'c', client_id: 'c' }, issuer)).toMatchObject({ kind: 'client', clientId: 'c' });
    expect(principalOf({ sub: 'u', client_id: 'c' }, issuer)).toMatchObject({ kind: 'user', clientId: 'c' });
    expect(principalOf({ sub: 'u' }, issuer).kind).toBe('user');
  });

  test('has a full name made of both when the token gives none, and no member without a value', () => {
    const principal = principalOf({ sub: 'u', given_name: 'Ada', family_name: 'Lovelace', email: '' }, issuer);
    expect(principal).toMatchObject({ firstName: 'Ada', lastName: 'Lovelace', fullName: 'Ada Lovelace' });
    expect(Object.keys(principal)).not.toContain('email');
  });
});

test('the snapshot in a task has the members and lengths of the organizations page', () => {
  const principal: Principal = {
    id: newId(),
    kind: 'user',
    organizations: new Set(),
    permissions: new Set(),
    email: 'x'.repeat(257),
    firstName: 'n'.repeat(200),
    picture: 'https://example.com/p.jpg',
    clientId: 'secretive',
  };
  expect(createdBy(principal)).toEqual({
    id: principal.id,
    firstName: 'n'.repeat(128),
    picture: 'https://example.com/p.jpg',
  });
});
