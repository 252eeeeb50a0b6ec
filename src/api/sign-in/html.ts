/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** HTML from a template: what stands in it is escaped, unless it is HTML itself; `undefined` and `false` are nothing. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | false | undefined)[]
): Html {
  return new Html(
    parts.reduce((text, part, i) => {
      const value = values[i - 1];
      return text + (value instanceof Html ? value.text : escaped(String(value || ''))) + part;
    }),
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
