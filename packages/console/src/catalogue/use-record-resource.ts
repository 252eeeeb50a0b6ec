import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useSpeech } from '../say/language.tsx';
import { resourceQuery } from './queries.ts';
import { type RecordResource, toRecordResource } from './record-resource.ts';

/** A resource in the language of the page, once it is loaded; `error`: why it is not. @param name `''`: there is none */
export function useRecordResource(
  organization: string,
  name: string,
): { resource: RecordResource | undefined; error: Error | null; refetch(): unknown } {
  const { say, language } = useSpeech();
  const { data, error, refetch } = useQuery({ ...resourceQuery(organization, name), enabled: name !== '' });
  const { yes, no } = say.criteria;
  const resource = useMemo(() => data && toRecordResource(data, { language, yes, no }), [data, language, yes, no]);
  return { resource, error: data ? null : error, refetch };
}
