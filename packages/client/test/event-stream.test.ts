import { expect, test } from 'vitest';
import { readEvents, type ServerEvent } from '../src/connection/event-stream.ts';

async function eventsOf(...chunks: readonly string[]): Promise<ServerEvent[]> {
  async function* encoded() {
    for (const chunk of chunks) yield new TextEncoder().encode(chunk);
  }
  const events: ServerEvent[] = [];
  for await (const event of readEvents(encoded())) events.push(event);
  return events;
}

test('an event has its lines of data and the last id; comments, other fields and what is not ended are left out', async () => {
  const read = await eventsOf(': hello\n\nid: 1\nevent: x\ndata: a\nda', 'ta:b\n\ndata\n\nid: 2\ndata: c\n');
  expect(read).toEqual([
    { id: '1', data: 'a\nb' },
    { id: '1', data: '' },
  ]);
});

test('lines end in LF, CR or CRLF, wherever the chunks are cut', async () => {
  expect(await eventsOf('data: a\r', '\n\r', '\ndata: b\r\rdata: c\n\n')).toEqual(
    ['a', 'b', 'c'].map((data) => ({ id: '', data })),
  );
});

test('an id with a NUL is none, as the standard has it', async () => {
  const read = await eventsOf('id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n');
  expect(read.map(({ id }) => id)).toEqual(['1', '1']);
});
