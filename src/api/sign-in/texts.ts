import { MAX_NAME_LENGTH } from '../../auth/accounts/accounts.ts';
import { MIN_PASSWORD_LENGTH } from '../../auth/accounts/passwords.ts';
import { negotiateLanguage } from '../http/headers/request/negotiate.ts';

const languages = ['en', 'es'] as const;
export type Language = (typeof languages)[number];

/** The language of a page. */
export function languageOf(acceptLanguage: string | undefined): Language {
  return negotiateLanguage(acceptLanguage, languages);
}

/** All that the pages say. */
export interface Texts {
  readonly signIn: string;
  readonly name: string;
  readonly password: string;
  readonly wrong: string;
  readonly tooMany: (minutes: number) => string;
  readonly busy: string;
  readonly error: string;
  readonly setPassword: string;
  readonly firstAccount: string;
  readonly nameHint: string;
  readonly passwordHint: string;
  readonly newPassword: string;
  readonly save: string;
  readonly badName: string;
  readonly short: string;
  readonly common: string;
  readonly gone: string;
  readonly goneHelp: string;
  readonly failed: string;
  readonly failedHelp: string;
  readonly unavailable: string;
  readonly unavailableHelp: string;
  readonly crowded: string;
  readonly crowdedHelp: string;
  readonly again: string;
}

export const texts: Readonly<Record<Language, Texts>> = {
  en: {
    signIn: 'Sign in',
    name: 'Name',
    password: 'Password',
    wrong: 'The name or password is incorrect.',
    tooMany: (minutes) =>
      minutes === 1
        ? 'Too many attempts. Try again in a minute.'
        : `Too many attempts. Try again in ${minutes} minutes.`,
    busy: 'Too many people are signing in at the moment. Try again in a few seconds.',
    error: 'Error',
    setPassword: 'Set your password',
    firstAccount: 'This creates the first account. It has all permissions in every organization.',
    nameHint: `The name you sign in with, such as your email address; at most ${MAX_NAME_LENGTH} characters.`,
    passwordHint: `At least ${MIN_PASSWORD_LENGTH} characters of any kind.`,
    newPassword: 'New password',
    save: 'Save',
    badName: 'This name is not valid.',
    short: `The password must have at least ${MIN_PASSWORD_LENGTH} characters.`,
    common: 'This password is too easy to guess. Choose another.',
    gone: 'This link cannot be used',
    goneHelp: 'It was already used or is older than a day. The operator of this server can create a new one.',
    failed: 'The sign-in could not be completed',
    failedHelp: 'It may have taken too long, or was started in another browser.',
    unavailable: 'You cannot sign in at the moment',
    unavailableHelp: 'A required service is unavailable. Try again in a few seconds.',
    crowded: 'Too many requests',
    crowdedHelp: 'Too many requests from your network. Try again in a minute.',
    again: 'Sign in',
  },
  es: {
    signIn: 'Iniciar sesión',
    name: 'Nombre',
    password: 'Contraseña',
    wrong: 'El nombre o la contraseña no son correctos.',
    tooMany: (minutes) =>
      minutes === 1
        ? 'Demasiados intentos. Inténtelo de nuevo dentro de un minuto.'
        : `Demasiados intentos. Inténtelo de nuevo dentro de ${minutes} minutos.`,
    busy: 'Ahora hay demasiadas personas iniciando sesión. Inténtelo de nuevo en unos segundos.',
    error: 'Error',
    setPassword: 'Elija su contraseña',
    firstAccount: 'Así se crea la primera cuenta. Tiene todos los permisos en todas las organizaciones.',
    nameHint: `El nombre con el que iniciará sesión, como su dirección de correo; ${MAX_NAME_LENGTH} caracteres como máximo.`,
    passwordHint: `Al menos ${MIN_PASSWORD_LENGTH} caracteres, los que prefiera.`,
    newPassword: 'Contraseña nueva',
    save: 'Guardar',
    badName: 'Este nombre no es válido.',
    short: `La contraseña debe tener al menos ${MIN_PASSWORD_LENGTH} caracteres.`,
    common: 'Esta contraseña es demasiado fácil de adivinar. Elija otra.',
    gone: 'Este enlace no se puede usar',
    goneHelp: 'Ya se usó o tiene más de un día. Quien administra este servidor puede crear otro.',
    failed: 'No se pudo completar el inicio de sesión',
    failedHelp: 'Quizá tardó demasiado o se empezó en otro navegador.',
    unavailable: 'Ahora no es posible iniciar sesión',
    unavailableHelp: 'Un servicio necesario no está disponible. Inténtelo en unos segundos.',
    crowded: 'Demasiadas peticiones',
    crowdedHelp: 'Demasiadas peticiones desde su red. Inténtelo de nuevo dentro de un minuto.',
    again: 'Iniciar sesión',
  },
};
