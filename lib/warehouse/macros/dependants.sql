{#
  What stands on what lies in schemas: schema, relation, dependant's schema, dependant, definition. An engine that keeps
  track names the relation; of one that does not, every view comes with its definition, to be searched; and one where
  nobody knows gives nothing.
#}
{% macro default__dependants(database, schemas) %}{{ return([]) }}{% endmacro %}

{% macro postgres__dependants(database, schemas) %}
  {{ return(dot_control.rows_of(run_query(dot_control.postgres_dependants(schemas)))) }}
{% endmacro %}

{#
  What `cascade` would take along, and what a relation cannot be dropped before. Every object has a home: the relation that
  it is a part of, itself, or, where it lies in no schema, its description. What goes with an object of its own schema
  without `cascade` (an index, its own sequence, a partition) stands on nothing.
#}
{% macro postgres_dependants(schemas) %}
  {% set names = dot_control.literals(schemas) %}
  {{ return("
    with recursive reached(classid, objid) as (
      select 'pg_catalog.pg_namespace'::regclass::oid, oid from pg_catalog.pg_namespace where nspname in (" ~ names ~ ")
      union
      select d.classid, d.objid from pg_catalog.pg_depend d
      join reached r on r.classid = d.refclassid and r.objid = d.refobjid
    ), related as (
      select x.classid, x.objid,
        coalesce(i.indrelid, c.oid, w.ev_class, nullif(k.conrelid, 0), a.adrelid, g.tgrelid, o.polrelid, nullif(t.typrelid, 0)) as relation,
        coalesce(t.oid, nullif(k.contypid, 0)) as type, p.oid as routine, coalesce(l.defaclnamespace, s.oid) as namespace
      from reached x
      left join pg_catalog.pg_class c on x.classid = 'pg_catalog.pg_class'::regclass and c.oid = x.objid
      left join pg_catalog.pg_index i on i.indexrelid = c.oid
      left join pg_catalog.pg_rewrite w on x.classid = 'pg_catalog.pg_rewrite'::regclass and w.oid = x.objid
      left join pg_catalog.pg_constraint k on x.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = x.objid
      left join pg_catalog.pg_attrdef a on x.classid = 'pg_catalog.pg_attrdef'::regclass and a.oid = x.objid
      left join pg_catalog.pg_trigger g on x.classid = 'pg_catalog.pg_trigger'::regclass and g.oid = x.objid
      left join pg_catalog.pg_policy o on x.classid = 'pg_catalog.pg_policy'::regclass and o.oid = x.objid
      left join pg_catalog.pg_type t on x.classid = 'pg_catalog.pg_type'::regclass and t.oid = x.objid
      left join pg_catalog.pg_proc p on x.classid = 'pg_catalog.pg_proc'::regclass and p.oid = x.objid
      left join pg_catalog.pg_default_acl l on x.classid = 'pg_catalog.pg_default_acl'::regclass and l.oid = x.objid
      left join pg_catalog.pg_namespace s on x.classid = 'pg_catalog.pg_namespace'::regclass and s.oid = x.objid
    ), home as (
      select r.classid, r.objid, coalesce(n.nspname, q.nspname, '') as schema,
        case when r.namespace is not null then ''
          else coalesce(c.relname, t.typname, p.proname, f.name, f.type || ' ' || f.identity, 'an object of PostgreSQL') end as name
      from related r
      left join pg_catalog.pg_class c on c.oid = r.relation
      left join pg_catalog.pg_type t on r.relation is null and t.oid = r.type
      left join pg_catalog.pg_proc p on p.oid = r.routine
      left join pg_catalog.pg_namespace n on n.oid = coalesce(c.relnamespace, t.typnamespace, p.pronamespace, r.namespace)
      left join lateral pg_catalog.pg_identify_object(r.classid, r.objid, 0) f on n.oid is null
      left join pg_catalog.pg_namespace q on quote_ident(q.nspname) = f.schema
    )
    select distinct r.schema, r.name, o.schema, o.name, null
    from pg_catalog.pg_depend d
    join home r on r.classid = d.refclassid and r.objid = d.refobjid
    join home o on o.classid = d.classid and o.objid = d.objid
    where r.schema in (" ~ names ~ ") and (o.schema, o.name) <> (r.schema, r.name)
      and not (o.schema = r.schema and (d.deptype <> 'n' or r.name = '')) and o.schema not like 'pg\\_toast%'
    order by 1, 2, 3, 4") }}
{% endmacro %}

{% macro redshift__dependants(database, schemas) %}
  {% set names = dot_control.literals(schemas) %}
  {{ return(dot_control.rows_of(run_query("
    select distinct sn.nspname, s.relname, n.nspname, c.relname, null
    from pg_catalog.pg_depend d
    join pg_catalog.pg_rewrite r on r.oid = d.objid
    join pg_catalog.pg_class c on c.oid = r.ev_class
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_class s on s.oid = d.refobjid
    join pg_catalog.pg_namespace sn on sn.oid = s.relnamespace
    where sn.nspname in (" ~ names ~ ")"))) }}
{% endmacro %}

{% macro duckdb__dependants(database, schemas) %}
  {{ return(dot_control.rows_of(run_query("
    select null, null, schema_name, view_name, sql from duckdb_views()
    where not internal"))) }}
{% endmacro %}

{% macro view_definitions(database, schemas) %}
  {{ return(dot_control.rows_of(run_query("
    select null, null, table_schema, table_name, view_definition from " ~ database ~ ".information_schema.views"))) }}
{% endmacro %}

{% macro trino__dependants(database, schemas) %}
  {{ return(dot_control.rows_of(run_query("
    select null, null, table_schema, table_name, view_definition from " ~ dot_control.quoted(database) ~ ".information_schema.views
    union all
    select null, null, schema_name, name, definition from system.metadata.materialized_views
    where catalog_name = " ~ dot_control.literal(database | lower)))) }}
{% endmacro %}

{% macro snowflake__dependants(database, schemas) %}
  {{ return(dot_control.view_definitions(database, schemas)) }}
{% endmacro %}

{% macro databricks__dependants(database, schemas) %}
  {% if database == 'hive_metastore' %}{{ return([]) }}{% endif %}
  {{ return(dot_control.view_definitions('`' ~ database ~ '`', schemas)) }}
{% endmacro %}
