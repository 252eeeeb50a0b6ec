/** What a relation is, as its owner made it: what `describeTable` reads. Plain data. */
export interface TableShape {
  readonly schema: string;
  readonly name: string;
  /** `server_version_num`, such as 150018. */
  readonly server: number;
  readonly database: string;
  /** Where the role looks for names, where this connection has that otherwise; null: as the connection has it. */
  readonly searchPath: string | null;
  /** Of the database's texts, such as `UTF8`. */
  readonly encoding: string;
  readonly kind: RelationKind;
  readonly temporary: boolean;
  readonly owner: string;
  /** Who asked, and writes. */
  readonly role: string;
  readonly columns: readonly ColumnShape[];
  /** Unique indexes by which a row can be found. */
  readonly keys: readonly KeyShape[];
  /** Unique indexes by which none can, and why. */
  readonly otherKeys: readonly UnusableKey[];
  /** Constraints and unique indexes of the table, of its partitions, and of the table that a view shows. */
  readonly constraints: readonly ConstraintShape[];
  /** Foreign keys of any table that reference this one. */
  readonly referencedBy: readonly ReferenceShape[];
  /** Of the table, its partitions, and the table that a view shows; not those that PostgreSQL makes for its constraints. */
  readonly triggers: readonly TriggerShape[];
  /** But the one that makes a view. */
  readonly rules: readonly RuleShape[];
  readonly rowSecurity: {
    readonly enabled: boolean;
    readonly forced: boolean;
    /** For the role that asked. */
    readonly applies: boolean;
  };
  readonly privileges: PrivilegesShape;
  /** What a view lets be done; all of it for a table. */
  readonly updatable: { readonly insert: boolean; readonly update: boolean; readonly delete: boolean };
  /** Tables whose columns it inherits, quoted, with their schemas; partitioned ones included. */
  readonly parents: readonly string[];
  /** Whether tables inherit from it that are not its partitions. */
  readonly hasChildren: boolean;
  /** Columns by which it is partitioned; expressions are left out. */
  readonly partitionedBy: readonly string[];
  /** Of a view whose rows are those of one table: that table, and its column for each of the view's that shows one. */
  readonly shows?: {
    readonly schema: string;
    readonly name: string;
    readonly columns: Readonly<Record<string, string>>;
  };
}

export type RelationKind =
  | 'table'
  | 'partitioned table'
  | 'view'
  | 'materialized view'
  | 'foreign table'
  | 'sequence'
  | 'index'
  | 'composite type';

export interface ColumnShape {
  readonly name: string;
  /** `pg_attribute.attnum`. */
  readonly number: number;
  /** As SQL names it, such as `numeric(10,2)`. */
  readonly type: string;
  /** The type without its domains and without a length: what a text is cast to. */
  readonly base: TypeShape;
  /** Of the base type, such as `numeric(10,2)`; not given without one. */
  readonly modified?: string;
  /** Characters at most, of `varchar(n)` and `char(n)`. */
  readonly length?: number;
  /** Domains that the type goes through, the outermost first. */
  readonly domains: readonly DomainShape[];
  readonly notNull: boolean;
  /** Whether there is a value when none is given: a default, an identity, a generation. */
  readonly hasDefault: boolean;
  /** As SQL. */
  readonly default?: string;
  readonly generated?: 'stored' | 'virtual';
  readonly identity?: 'always' | 'by default';
  /** Whether equal values have equal characters in its collation. */
  readonly deterministic: boolean;
  /** Whether a view lets it be written; true for a table. */
  readonly updatable: boolean;
  readonly privileges: { readonly select: boolean; readonly insert: boolean; readonly update: boolean };
}

export interface TypeShape {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `pg_type.typtype`. */
  readonly kind: 'base' | 'composite' | 'enum' | 'pseudo' | 'range' | 'multirange' | 'domain';
  /** In their order, of an enum. */
  readonly labels?: readonly string[];
  /** Of an array. */
  readonly element?: { readonly schema: string; readonly name: string; readonly kind: TypeShape['kind'] };
}

export interface DomainShape {
  readonly schema: string;
  readonly name: string;
  readonly notNull: boolean;
  /** As SQL, by the names of the constraints. */
  readonly checks: Readonly<Record<string, string>>;
}

export interface KeyShape {
  /** Of the index. */
  readonly name: string;
  readonly columns: readonly KeyColumn[];
  /** Columns that it holds besides. */
  readonly included: readonly string[];
  readonly primary: boolean;
  /** Whether two rows with null are the same to it. */
  readonly nullsNotDistinct: boolean;
}

export interface KeyColumn {
  readonly name: string;
  /** Which says that two values are the same, such as `pg_catalog.=`. */
  readonly equals: { readonly schema: string; readonly name: string };
}

export interface UnusableKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly why: 'partial' | 'expressions' | 'deferrable' | 'invalid';
}

export interface ConstraintShape {
  /** As errors name it. */
  readonly name: string;
  /** The table that has it: this one, a partition, or the one that a view shows. */
  readonly schema: string;
  readonly table: string;
  readonly kind: 'unique' | 'foreign key' | 'check' | 'exclusion' | 'trigger';
  /** Of this relation; none where an expression says which. */
  readonly columns: readonly string[];
  readonly deferrable: boolean;
  /** Of a unique index of a partition: the index of the whole table. */
  readonly root?: string;
  /** Of a foreign key: the other table, and its columns in the order of `columns`. */
  readonly references?: {
    readonly schema: string;
    readonly table: string;
    readonly columns: readonly string[];
    readonly self: boolean;
  };
}

export interface ReferenceShape {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly onUpdate: ReferenceAction;
  readonly onDelete: ReferenceAction;
}

export type ReferenceAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

export interface TriggerShape {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly timing: 'before' | 'after' | 'instead of';
  readonly events: readonly ('insert' | 'update' | 'delete' | 'truncate')[];
  readonly each: 'row' | 'statement';
  /** `pg_trigger.tgenabled`: O as `session_replication_role` has it, D never, R on a replica, A always. */
  readonly enabled: 'O' | 'D' | 'R' | 'A';
  /** Whether it fires in a session as this one is. */
  readonly fires: boolean;
  readonly deferrable: boolean;
  /** Quoted, with its schema. */
  readonly function: string;
}

export interface RuleShape {
  readonly name: string;
  readonly event: 'select' | 'update' | 'insert' | 'delete';
  readonly instead: boolean;
  readonly enabled: boolean;
}

/** What the role that asked may do. */
export interface PrivilegesShape {
  readonly schema: boolean;
  readonly delete: boolean;
  /** To make temporary tables in the database. */
  readonly temporary: boolean;
}
