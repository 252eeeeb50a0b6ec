/** A span as a collector gets it. */
export interface ExportedSpan {
  /** Of whom it is: `service.name` and so on. */
  readonly resource: Attributes;
  /** Ids in hex; `parent` is empty of a root. */
  readonly trace: string;
  readonly id: string;
  readonly parent: string;
  readonly state: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly attributes: Attributes;
  readonly failed: boolean;
  /** s. */
  readonly seconds: number;
}

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Reads the body of an OTLP export, by the numbers of its fields:
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export function readExport(body: Buffer): ExportedSpan[] {
  return parts(body, 1).flatMap((resourceSpans) => {
    const resource = parts(resourceSpans, 1).map((part) => attributesOf(part, 1))[0] ?? {};
    return parts(resourceSpans, 2)
      .flatMap((scopeSpans) => parts(scopeSpans, 2))
      .map((span) => readSpan(span, resource));
  });
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const ERROR = 2n;

function readSpan(span: Buffer, resource: Attributes): ExportedSpan {
  const hex = (field: number) => parts(span, field)[0]?.toString('hex') ?? '';
  const number = (field: number) => numbers(span, field)[0] ?? 0n;
  return {
    resource,
    trace: hex(1),
    id: hex(2),
    parent: hex(4),
    state: text(span, 3),
    name: text(span, 5),
    kind: KINDS[Number(number(6))] ?? 'internal',
    attributes: attributesOf(span, 9),
    failed: parts(span, 15).some((status) => numbers(status, 3)[0] === ERROR),
    seconds: Number(number(8) - number(7)) / 1e9,
  };
}

function text(message: Buffer, field: number): string {
  return parts(message, field)[0]?.toString('utf8') ?? '';
}

function attributesOf(message: Buffer, field: number): Attributes {
  return Object.fromEntries(
    parts(message, field).map((pair) => [text(pair, 1), readValue(parts(pair, 2)[0] ?? Buffer.alloc(0))]),
  );
}

function readValue(value: Buffer): string | number | boolean | undefined {
  for (const { field, data } of fieldsOf(value)) {
    if (field === 1) return (data as Buffer).toString('utf8');
    if (field === 2) return data === 1n;
    if (field === 3) return Number(data);
    if (field === 4) {
      const bits = Buffer.alloc(8);
      bits.writeBigUInt64LE(data as bigint);
      return bits.readDoubleLE();
    }
  }
  return undefined;
}

function parts(message: Buffer, field: number): Buffer[] {
  return fieldsOf(message).flatMap((each) => (each.field === field && Buffer.isBuffer(each.data) ? [each.data] : []));
}

function numbers(message: Buffer, field: number): bigint[] {
  return fieldsOf(message).flatMap((each) => (each.field === field && !Buffer.isBuffer(each.data) ? [each.data] : []));
}

/** The fields of a message (https://protobuf.dev/programming-guides/encoding/): numbers are bits without a sign. */
function fieldsOf(message: Buffer): { field: number; data: bigint | Buffer }[] {
  const fields: { field: number; data: bigint | Buffer }[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (bytes: number) => {
    at += bytes;
    return message.subarray(at - bytes, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const type = tag & 7;
    const data =
      type === 0 ? varint() : type === 1 ? take(8).readBigUInt64LE() : type === 2 ? take(Number(varint())) : take(4);
    fields.push({ field: tag >> 3, data });
  }
  return fields;
}
