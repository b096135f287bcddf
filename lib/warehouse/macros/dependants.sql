{#
  What stands on what lies in schemas: schema, relation, dependant's schema, dependant, definition. An engine that keeps
  track names the relation; of one that does not, every view comes with its definition, to be searched; and one where
  nobody knows gives nothing.
#}
{% macro default__dependants(database, schemas) %}{{ return([]) }}{% endmacro %}

{% macro postgres__dependants(database, schemas) %}
  {{ return(dot_control.rows_of(run_query(dot_control.postgres_dependants(schemas)))) }}
{% endmacro %}

{# A partition beside its table is a part of that. #}
{% macro postgres_dependants(schemas) %}
  {% set names = dot_control.literals(schemas) %}
  {{ return("
    with mine as (
      select 'pg_class'::regclass as class, c.oid, n.nspname, c.relname as name
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname in (" ~ names ~ ")
      union all
      select 'pg_type'::regclass, t.oid, n.nspname, coalesce(c.relname, t.typname)
      from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
      left join pg_catalog.pg_class c on c.oid = t.typrelid where n.nspname in (" ~ names ~ ")
      union all
      select 'pg_proc'::regclass, p.oid, n.nspname, p.proname
      from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where n.nspname in (" ~ names ~ ")
    ), theirs as (
      select m.nspname, m.name,
        coalesce(r.ev_class, k.conrelid, a.adrelid, g.tgrelid, o.polrelid, case when d.classid = 'pg_class'::regclass then d.objid end) as relation,
        case when d.classid = 'pg_proc'::regclass then d.objid end as routine
      from pg_catalog.pg_depend d
      join mine m on m.class = d.refclassid and m.oid = d.refobjid
      left join pg_catalog.pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
      left join pg_catalog.pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
      left join pg_catalog.pg_attrdef a on d.classid = 'pg_attrdef'::regclass and a.oid = d.objid
      left join pg_catalog.pg_trigger g on d.classid = 'pg_trigger'::regclass and g.oid = d.objid
      left join pg_catalog.pg_policy o on d.classid = 'pg_policy'::regclass and o.oid = d.objid
      where d.deptype in ('n', 'a')
    )
    select distinct t.nspname, t.name, n.nspname, coalesce(c.relname, p.proname), null
    from theirs t
    left join pg_catalog.pg_class c on c.oid = t.relation
    left join pg_catalog.pg_proc p on p.oid = t.routine
    join pg_catalog.pg_namespace n on n.oid = coalesce(c.relnamespace, p.pronamespace)
    where (n.nspname, coalesce(c.relname, p.proname)) is distinct from (t.nspname, t.name)
      and not (coalesce(c.relispartition, false) and n.nspname = t.nspname)
      and coalesce(c.relkind, 'f') not in ('i', 'I', 'S', 't') and n.nspname not like 'pg\\_toast%'
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
