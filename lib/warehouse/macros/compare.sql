{# Compare two relations, row by row where a key is known, else as multisets of rows. What is found is told as it comes. #}
{% macro compare(request) %}
  {% do dot_control.answer(request, {'event': 'begun'}) %}
  {% set pairs = dot_control.pairs_of(request) %}
  {% set missing = [] %}
  {% for side in ['before', 'after'] if pairs | selectattr(side) | list | length == 0 %}{% do missing.append(side) %}{% endfor %}
  {% if missing %}{{ return(dot_control.answer(request, {'event': 'missing', 'sides': missing})) }}{% endif %}
  {% set key = dot_control.choose_key(request, pairs) %}
  {% do dot_control.answer(request, {'event': 'columns', 'pairs': pairs, 'key': key}) %}
  {% if key['lacks'] %}{{ return('') }}{% endif %}
  {% if request['limit'] and not key['columns'] %}
    {{ return(dot_control.answer(request, {'event': 'unbounded'})) }}
  {% endif %}
  {% set plan = dot_control.plan_comparison(request, pairs, key) %}
  {% do adapter.dispatch('tune', 'dot_control')() %}
  {% if request['hash'] and dot_control.equal_by_hash(request, plan) %}{{ return('') }}{% endif %}
  {% if key['columns'] and dot_control.compare_by_key(request, plan) %}{{ return('') }}{% endif %}
  {% do dot_control.compare_whole(request, plan) %}
{% endmacro %}

{% macro default__tune() %}{% endmacro %}

{# To compile a query of so many expressions takes as long as the join of a million rows. For this transaction only. #}
{% macro postgres__tune() %}{% do run_query('set local jit = off') %}{% endmacro %}
{% macro redshift__tune() %}{% endmacro %}

{# The columns of both sides by name: those of the later side in their order, then those that only the earlier one has. #}
{% macro pairs_of(request) %}
  {% set found = {} %}
  {% for side in ['before', 'after'] %}
    {% set relation = request[side] %}
    {% set columns = [] %}
    {% for row in adapter.dispatch('columns', 'dot_control')(relation['database'], [relation]) %}
      {% do columns.append({'name': row[2], 'type': row[3], 'at': loop.index0}) %}
    {% endfor %}
    {% do found.update({side: columns}) %}
  {% endfor %}
  {% set pairs = [] %}
  {% set used = [] %}
  {% for column in found['after'] %}
    {% set others = found['before'] | selectattr('name', 'equalto', column['name']) | list %}
    {% if not others and request['folds'] %}
      {% for other in found['before'] if other['name'] | lower == column['name'] | lower %}{% do others.append(other) %}{% endfor %}
    {% endif %}
    {% set other = others[0] if others and others[0]['at'] not in used else none %}
    {% if other %}{% do used.append(other['at']) %}{% endif %}
    {% do pairs.append({
      'before': other['name'] if other else none, 'before_type': other['type'] if other else none,
      'before_at': other['at'] if other else none,
      'after': column['name'], 'after_type': column['type'],
      'excluded': dot_control.is_excluded(request, column['name'])
    }) %}
  {% endfor %}
  {% for column in found['before'] if column['at'] not in used %}
    {% do pairs.append({
      'before': column['name'], 'before_type': column['type'], 'before_at': column['at'], 'after': none, 'after_type': none,
      'excluded': dot_control.is_excluded(request, column['name'])
    }) %}
  {% endfor %}
  {{ return(pairs) }}
{% endmacro %}

{% macro is_excluded(request, name) %}
  {% for pattern in request['exclude'] if modules.re.match('(?:' ~ pattern ~ ')$', name, modules.re.IGNORECASE) %}{{ return(true) }}{% endfor %}
  {{ return(false) }}
{% endmacro %}

{# The pair that a column's name means, if both sides have it. #}
{% macro pair_named(pairs, name) %}
  {% set common = pairs | selectattr('before') | selectattr('after') | list %}
  {% for pair in common if pair['after'] == name %}{{ return(pair) }}{% endfor %}
  {% for pair in common if pair['after'] | lower == name | lower %}{{ return(pair) }}{% endfor %}
  {{ return(none) }}
{% endmacro %}

{# The first key whose columns both sides have: the one that was given, the primary key, those that the project names. #}
{% macro choose_key(request, pairs) %}
  {% set choices = [] %}
  {% if request['given_key'] %}
    {% for name in request['given_key'] if not dot_control.pair_named(pairs, name) %}
      {{ return({'lacks': name, 'columns': []}) }}
    {% endfor %}
    {% do choices.append({'source': '--key', 'columns': request['given_key']}) %}
  {% else %}
    {% set known = [] %}
    {% for side in ['after', 'before'] %}
      {% set relation = request[side] %}
      {% do known.append(adapter.dispatch('primary_key', 'dot_control')(relation['database'], relation['schema'], relation['name'])) %}
    {% endfor %}
    {% for columns in known %}
      {% do choices.append({'source': 'primary key', 'columns': columns, 'enforced': known[0] == known[1]}) %}
    {% endfor %}
    {% do choices.extend(request['keys']) %}
  {% endif %}
  {% for choice in choices if choice['columns'] %}
    {% set columns = [] %}
    {% for name in choice['columns'] %}
      {% set pair = dot_control.pair_named(pairs, name) %}
      {% if pair %}{% do columns.append(pair['after']) %}{% endif %}
    {% endfor %}
    {% if columns | length == choice['columns'] | length %}
      {{ return({'source': choice['source'], 'columns': columns, 'enforced': choice['enforced'] or false}) }}
    {% endif %}
  {% endfor %}
  {{ return({'source': none, 'columns': []}) }}
{% endmacro %}

{% macro default__primary_key(database, schema, name) %}{{ return([]) }}{% endmacro %}

{% macro postgres__primary_key(database, schema, name) %}
  {{ return(run_query("
    select a.attname from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
    where i.indisprimary and n.nspname = " ~ dot_control.literal(schema) ~ " and c.relname = " ~ dot_control.literal(name) ~ "
    order by array_position(i.indkey::int2[], a.attnum)").rows | map(attribute=0) | map('string') | list) }}
{% endmacro %}

{# It does not enforce what it is told, so what the project says goes first. #}
{% macro redshift__primary_key(database, schema, name) %}{{ return([]) }}{% endmacro %}

{% macro duckdb__primary_key(database, schema, name) %}
  {{ return(run_query("
    select unnest(constraint_column_names) from duckdb_constraints()
    where constraint_type = 'PRIMARY KEY' and lower(database_name) = lower(" ~ dot_control.literal(database) ~ ")
      and lower(schema_name) = lower(" ~ dot_control.literal(schema) ~ ") and lower(table_name) = lower(" ~ dot_control.literal(name) ~ ")").rows
    | map(attribute=0) | map('string') | list) }}
{% endmacro %}

{# The forms in which keys and columns are compared, and where the rows come from. #}
{% macro plan_comparison(request, pairs, key) %}
  {% set keys = [] %}
  {% set columns = [] %}
  {% for name in key['columns'] %}
    {% do keys.append(dot_control.formed(request, pairs | selectattr('after', 'equalto', name) | first)) %}
  {% endfor %}
  {% for pair in pairs if pair['before'] and pair['after'] and not pair['excluded'] and pair['after'] not in key['columns'] %}
    {% do columns.append(dot_control.formed(request, pair)) %}
  {% endfor %}
  {% set bounds = {} %}
  {% for side in ['before', 'after'] %}{% do bounds.update({side: dot_control.bounds_of(request, pairs, side)}) %}{% endfor %}
  {# Where both engines' keys hold for what is compared, no rows need be counted to prove it. #}
  {% set plain = [] %}
  {% for form in keys if form['before'] == dot_control.quoted(form['pair']['before']) and form['pair']['before_type'] == form['pair']['after_type'] %}
    {% do plain.append(form) %}
  {% endfor %}
  {{ return({
    'keys': keys, 'columns': columns, 'bounds': bounds, 'enforced': key['enforced'] and plain | length == keys | length
  }) }}
{% endmacro %}

{% macro formed(request, pair) %}
  {% set form = dot_control.normal_forms(
    dot_control.quoted(pair['before']), pair['before_type'], dot_control.quoted(pair['after']), pair['after_type'], request
  ) %}
  {% do form.update({'pair': pair}) %}
  {{ return(form) }}
{% endmacro %}

{% macro bounds_of(request, pairs, side) %}
  {% set conditions = [] %}
  {% if request['where'] %}{% do conditions.append('(' ~ request['where'] ~ '\n)') %}{% endif %}
  {% if request['since'] %}
    {% set pair = dot_control.pair_named(pairs, request['since']['column']) %}
    {% if not pair %}{% do exceptions.raise_compiler_error('--since: both sides need a column ' ~ request['since']['column']) %}{% endif %}
    {% do conditions.append(dot_control.quoted(pair[side]) ~ ' >= cast(' ~ dot_control.data_literal(request['since']['value']) ~ ' as ' ~ pair[side ~ '_type'] ~ ')') %}
  {% endif %}
  {{ return(conditions | join(' and ')) }}
{% endmacro %}

{# The relation of a side, as far as it is bounded: a condition sees its columns, and no name of ours. #}
{% macro bounded(request, plan, side) %}
  {% set relation = request[side] %}
  {% set path = dot_control.path(relation['database'], relation['schema'], relation['name']) %}
  {% set bounds = plan['bounds'][side] %}
  {{ return('(select * from ' ~ path ~ ' where ' ~ bounds ~ ') r' if bounds else path) }}
{% endmacro %}

{% macro data_literal(text) %}{{ return(adapter.dispatch('data_literal', 'dot_control')(text)) }}{% endmacro %}
{% macro default__data_literal(text) %}{{ return(dot_control.literal(text)) }}{% endmacro %}
{% macro snowflake__data_literal(text) %}{{ return(dot_control.literal(text | replace('\\', '\\\\'))) }}{% endmacro %}
{% macro bigquery__data_literal(text) %}{{ return("'" ~ text | replace('\\', '\\\\') | replace("'", "\\'") | replace('\n', '\\n') ~ "'") }}{% endmacro %}
{% macro spark__data_literal(text) %}{{ return("'" ~ text | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }}{% endmacro %}

{#
  The rows of a side: `p`, its key as k1, k2, … and its columns as c1, c2, …; `whole` makes one zero of a float's two, which
  grouping may tell apart. What `more` names besides is taken as it stands.
#}
{% macro source(request, plan, side, whole=false, more=[]) %}
  {% set items = ['1 as p'] %}
  {% for letter, forms in [('k', plan['keys']), ('c', plan['columns'])] %}
    {% for form in forms %}
      {% set text = form[side] %}
      {% if whole and form['kind'] == 'float' %}
        {% set text = 'case when ' ~ text ~ ' = 0 then cast(0 as ' ~ form['type'] ~ ') else ' ~ text ~ ' end' %}
      {% endif %}
      {% do items.append(text ~ ' as ' ~ letter ~ loop.index) %}
    {% endfor %}
  {% endfor %}
  {% do items.extend(more) %}
  {% set rows = 'select ' ~ items | join(', ') ~ ' from ' ~ dot_control.bounded(request, plan, side) %}
  {% if not request['limit'] %}{{ return('(' ~ rows ~ ')') }}{% endif %}
  {% set on = [] %}
  {% for form in plan['keys'] %}{% do on.append('t.k' ~ loop.index ~ ' = l.k' ~ loop.index) %}{% endfor %}
  {{ return('(select t.* from (' ~ rows ~ ') t join bound l on ' ~ on | join(' and ') ~ ')') }}
{% endmacro %}

{# The keys that `--limit` leaves, for both sides. #}
{% macro with_bound(request, plan) %}
  {% if not request['limit'] %}{{ return('with ') }}{% endif %}
  {% set parts = [] %}
  {% set names = dot_control.names('k', plan['keys']) %}
  {% for side in ['before', 'after'] %}
    {% set items = [] %}
    {% for form in plan['keys'] %}{% do items.append(form[side] ~ ' as k' ~ loop.index) %}{% endfor %}
    {% do parts.append('select ' ~ items | join(', ') ~ ' from ' ~ dot_control.bounded(request, plan, side)) %}
  {% endfor %}
  {{ return('with bound as (select ' ~ names ~ ' from (' ~ parts | join(' union ') ~ ') b where ' ~ names | replace(', ', ' is not null and ') ~ ' is not null order by ' ~ names ~ ' limit ' ~ request['limit'] ~ '), ') }}
{% endmacro %}

{% macro names(letter, forms) %}
  {% set found = [] %}
  {% for form in forms %}{% do found.append(letter ~ loop.index) %}{% endfor %}
  {{ return(found | join(', ')) }}
{% endmacro %}

{% macro materialized() %}{{ return(adapter.dispatch('materialized', 'dot_control')()) }}{% endmacro %}
{% macro default__materialized() %}{{ return('') }}{% endmacro %}
{% macro postgres__materialized() %}{{ return('materialized ') }}{% endmacro %}
{% macro redshift__materialized() %}{{ return('') }}{% endmacro %}
{% macro duckdb__materialized() %}{{ return('materialized ') }}{% endmacro %}

{# Whether totals over all values of both sides are the same. Only where one scan of each is cheaper than a join of both. #}
{% macro equal_by_hash(request, plan) %}
  {% set total = adapter.dispatch('hash_total', 'dot_control')(plan) %}
  {% if not total %}{{ return(false) }}{% endif %}
  {% set sides = [] %}
  {% for side in ['before', 'after'] %}
    {% do sides.append('select count(*), ' ~ total ~ ' from ' ~ dot_control.source(request, plan, side, whole=true) ~ ' s') %}
  {% endfor %}
  {% set found = dot_control.rows_of(run_query(dot_control.with_bound(request, plan) ~ 'totals as (' ~ sides | join(' union all ') ~ ') select * from totals')) %}
  {% if found[0] != found[1] %}{{ return(false) }}{% endif %}
  {% do dot_control.answer(request, {'event': 'hash', 'rows': found[0][0]}) %}
  {{ return(true) }}
{% endmacro %}

{% macro default__hash_total(plan) %}{{ return(none) }}{% endmacro %}

{% macro duckdb__hash_total(plan) %}
  {% set names = [dot_control.names('k', plan['keys']), dot_control.names('c', plan['columns'])] | select | join(', ') %}
  {{ return('bit_xor(hash(' ~ names ~ ')), sum(hash(' ~ names ~ '))' if names else none) }}
{% endmacro %}
