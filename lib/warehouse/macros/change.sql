{% macro create_view(database, schema, name, sql) %}
  {% do dot_control.execute_and_commit('create or replace view ' ~ dot_control.path(database, schema, name) ~ ' as ' ~ sql) %}
{% endmacro %}

{# Relations one by one, each only while nothing stands on it; what is done is told, so that a failure loses no count. #}
{% macro drop_relations(request) %}
  {% for item in request['items'] %}
    {% do dot_control.drop_object(item['type'], dot_control.path(request['database'], item['schema'], item['name'])) %}
    {% do dot_control.answer(request, [item['key']]) %}
  {% endfor %}
{% endmacro %}

{% macro drop_object(type, path) %}
  {% do dot_control.execute_and_commit('drop ' ~ type | replace('_', ' ') ~ ' if exists ' ~ path) %}
{% endmacro %}

{# The schemas of builds, a build at a time. Whatever the request says, a name without its build's hash is refused. #}
{% macro drop_schemas(request) %}
  {% for item in request['items'] %}
    {% for schema in item['schemas'] if item['suffix'] | length < 5 or item['suffix'] | lower not in schema | lower %}
      {% do exceptions.raise_compiler_error('the schema ' ~ schema ~ ' is no build of ' ~ item['suffix']) %}
    {% endfor %}
  {% endfor %}
  {% do adapter.dispatch('drop_builds', 'dot_control')(request) %}
{% endmacro %}

{# Where a drop cannot be taken back: from here on the build is not what it was. #}
{% macro begin(request, item) %}{% do dot_control.answer(request, [item['key'], 'begun']) %}{% endmacro %}

{% macro default__drop_builds(request) %}
  {% for item in request['items'] %}
    {% do dot_control.begin(request, item) %}
    {% for schema in item['schemas'] %}
      {% do adapter.drop_schema(dot_control.relation(request['database'], schema)) %}
    {% endfor %}
    {% do dot_control.answer(request, [item['key']]) %}
  {% endfor %}
{% endmacro %}

{# There is no statement that looks and drops in one transaction. #}
{% macro redshift__drop_builds(request) %}
  {% for item in request['items'] %}
    {% for row in dot_control.redshift__dependants(request['database'], item['schemas']) if row[2] not in request['doomed'] %}
      {% do exceptions.raise_compiler_error('dropping it would take along ' ~ row[2] ~ '.' ~ row[3] ~ ', which stands on ' ~ row[0] ~ '.' ~ row[1]) %}
    {% endfor %}
  {% endfor %}
  {% do dot_control.default__drop_builds(request) %}
{% endmacro %}

{# Not every connector can `cascade`, and dbt's own macro does not escape a quote in a name. #}
{% macro trino__drop_builds(request) %}
  {% set database = request['database'] %}
  {% for item in request['items'] %}
    {% do dot_control.begin(request, item) %}
    {% for schema in item['schemas'] %}
      {% for row in dot_control.trino__relations(database, [schema]) %}
        {% do dot_control.drop_object(row[2], dot_control.path(database, schema, row[1])) %}
      {% endfor %}
      {% set path = dot_control.path(database, schema) %}
      {% for row in run_query('show functions from ' ~ path).rows %}
        {% do dot_control.drop_object('function', dot_control.path(database, schema, row.values()[0]) ~ '(' ~ row.values()[2] ~ ')') %}
      {% endfor %}
      {% do dot_control.execute_and_commit('drop schema if exists ' ~ path) %}
    {% endfor %}
    {% do dot_control.answer(request, [item['key']]) %}
  {% endfor %}
{% endmacro %}

{# All of a step's builds at once, or none: a statement for each takes several times as long. #}
{% macro duckdb__drop_builds(request) %}
  {% set statements = [] %}
  {% for item in request['items'] %}
    {% for schema in item['schemas'] %}
      {% do statements.append('drop schema if exists ' ~ dot_control.path(request['database'], schema) ~ ' cascade') %}
    {% endfor %}
  {% endfor %}
  {% do dot_control.execute_and_commit(statements | join(';\n')) %}
  {% do dot_control.answer_all(request) %}
{% endmacro %}

{# `cascade` would take what stands on them elsewhere along, so it is looked for in the same transaction. #}
{% macro postgres__drop_builds(request) %}
  {% set names = [] %}
  {% set schemas = [] %}
  {% for item in request['items'] %}
    {% for schema in item['schemas'] %}
      {% do names.append(dot_control.quoted(schema)) %}
      {% do schemas.append(schema) %}
    {% endfor %}
  {% endfor %}
  {% set block = "
    declare dependant text;
    begin
      select case when d.schema = '' then d.name else format('%I.%I', d.schema, d.name) end
        || ', which stands on ' || case when d.of_name = '' then quote_ident(d.of_schema) else format('%I.%I', d.of_schema, d.of_name) end
      into dependant
      from (" ~ dot_control.postgres_dependants(schemas) ~ ") d(of_schema, of_name, schema, name, definition)
      where d.schema not in (" ~ dot_control.literals(request['doomed']) ~ ") order by 1 limit 1;
      if dependant is not null then
        raise exception 'dropping it would take along %', dependant;
      end if;
      drop schema if exists " ~ names | join(', ') ~ " cascade;
    end" %}
  {# In plain quotes: dbt 2 splits statements at a `;` between dollars. #}
  {% do dot_control.execute_and_commit("do '" ~ block | replace("'", "''") ~ "'") %}
  {% do dot_control.answer_all(request) %}
{% endmacro %}

{% macro answer_all(request) %}
  {% for item in request['items'] %}{% do dot_control.answer(request, [item['key']]) %}{% endfor %}
{% endmacro %}
