{#
  Row by row. Each row of the join becomes a text: `=` for rows that are the same, else what it is (A added, R removed, C changed;
  small where the key is NULL), for C a digit a column (0 same, 1 changed, 2 was NULL, 3 became NULL), and the key. Grouped by that
  text, what is the same is one row, and what differs is a row a key: everything else is counted there. Gives false, and tells how
  it stands, where the key is none.
#}
{% macro compare_by_key(request, plan) %}
  {% set text = dot_control.text_type() %}
  {% set width = plan['columns'] | length %}
  {% set digits = [] %}
  {% set sums = [] %}
  {% for form in plan['columns'] %}
    {% set at = loop.index %}
    {% do digits.append("case when " ~ dot_control.same(request, form, at) ~ " then '0' when x.c" ~ at ~ " is null then '2' when y.c" ~ at ~ " is null then '3' else '1' end") %}
    {% for those in ["<> '0'", "= '2'", "= '3'"] %}
      {% do sums.append('cast(coalesce(sum(case when substr(m, ' ~ (at + 1) ~ ', 1) ' ~ those ~ ' then n else 0 end), 0) as ' ~ text ~ ')') %}
    {% endfor %}
  {% endfor %}
  {% set typed = [] %}
  {% for form in plan['keys'] %}
    {% do typed.append("case when kind <> '=' then cast(" ~ dot_control.key_part('k', loop.index, plan) ~ ' as ' ~ form['type'] ~ ') end') %}
  {% endfor %}
  {% set counts = [] %}
  {% for side in ['before', 'after'] if not plan['enforced'] %}
    {% do counts.append("union all select 'rows', '" ~ side ~ "', cast(count(*) as " ~ text ~ "), null, null from " ~ dot_control.source(request, plan, side) ~ " x") %}
  {% endfor %}
  {% set counts = counts | join(' ') %}
  {% set found = dot_control.rows_of(run_query(
    dot_control.with_bound(request, plan) ~ "g as " ~ dot_control.materialized() ~ "(
      select m, count(*) as n from (
        select case
          when x.p is null then case when " ~ dot_control.any_null('y', plan) ~ " then 'a' else 'A' || " ~ dot_control.key_text('y', plan) ~ " end
          when y.p is null then case when " ~ dot_control.any_null('x', plan) ~ " then 'r' else 'R' || " ~ dot_control.key_text('x', plan) ~ " end
          when " ~ dot_control.all_same(request, plan) ~ " then '='
          else 'C' || " ~ dot_control.joined(digits, '') ~ " || " ~ dot_control.key_text('x', plan) ~ " end as m
        from " ~ dot_control.source(request, plan, 'before') ~ " x
        full outer join " ~ dot_control.source(request, plan, 'after') ~ " y on " ~ dot_control.on_keys(plan) ~ "
      ) j group by m
    )
    select 'kind' as what, substr(m, 1, 1) as kind, cast(sum(n) as " ~ text ~ ") as n, cast(max(n) as " ~ text ~ ") as body, cast(null as " ~ text ~ ") as place
    from g group by substr(m, 1, 1)
    " ~ counts ~ "
    union all
    select 'columns', '', null, " ~ dot_control.joined(sums, ',') ~ ", null from g where substr(m, 1, 1) = 'C'
    union all
    select 'sample', kind, mask, k, cast(place as " ~ text ~ ") from (
      select kind, mask, k, row_number() over (partition by kind order by " ~ typed | join(', ') ~ ") as place from (
        select substr(m, 1, 1) as kind,
          case when substr(m, 1, 1) = 'C' then substr(m, 2, " ~ width ~ ") else '' end as mask,
          case when substr(m, 1, 1) = 'C' then substr(m, " ~ (width + 2) ~ ") else substr(m, 2) end as k
        from g where substr(m, 1, 1) in ('A', 'R', 'C')
      ) d
    ) s where place <= " ~ request['samples']
  )) %}
  {% set count = {'A': 0, 'R': 0, 'C': 0, '=': 0, 'a': 0, 'r': 0, 'before': 0, 'after': 0} %}
  {% set most = [1] %}
  {% set samples = [] %}
  {% for what, kind, n, body, place in found %}
    {% if what in ['kind', 'rows'] %}{% do count.update({kind: n | int}) %}{% endif %}
    {% if what == 'kind' and kind in ['A', 'R', 'C'] %}{% do most.append(body | int) %}{% endif %}
    {% if what == 'sample' %}{% do samples.append({'kind': kind, 'mask': n, 'key': body, 'place': place | int}) %}{% endif %}
  {% endfor %}
  {% set both = count['C'] + count['='] %}
  {% if plan['enforced'] %}{% do count.update({'before': both + count['R'], 'after': both + count['A']}) %}{% endif %}
  {% if most | max > 1 or count['a'] + count['r'] > 0
    or both + count['R'] != count['before'] or both + count['A'] != count['after'] %}
    {% do dot_control.answer(request, {'event': 'bad key', 'sides': dot_control.key_faults(request, plan)}) %}
    {{ return(false) }}
  {% endif %}
  {% do dot_control.answer(request, {
    'event': 'rows', 'count': count, 'columns': found | selectattr(0, 'equalto', 'columns') | map(attribute=3) | first | default('')
  }) %}
  {% do dot_control.tell_samples(request, plan, samples | sort(attribute='place') | sort(attribute='kind')) %}
  {% if request['rows'] %}{% do dot_control.tell_all_rows(request, plan, count['A'] + count['R'] + count['C']) %}{% endif %}
  {{ return(true) }}
{% endmacro %}

{# Texts as one. #}
{% macro joined(parts, between) %}{{ return(adapter.dispatch('joined', 'dot_control')(parts, between) if parts else "''") }}{% endmacro %}

{% macro default__joined(parts, between) %}
  {{ return(parts | join(" || '" ~ between ~ "' || ") if between else parts | join(' || ')) }}
{% endmacro %}

{# A chain of hundreds is too deep for it. #}
{% macro postgres__joined(parts, between) %}
  {{ return("array_to_string(array[" ~ parts | join(', ') ~ "], '" ~ between ~ "')") }}
{% endmacro %}

{% macro redshift__joined(parts, between) %}{{ return(dot_control.default__joined(parts, between)) }}{% endmacro %}

{# Whether both sides have the same value in a column. #}
{% macro same(request, form, at) %}
  {% set x, y = 'x.c' ~ at, 'y.c' ~ at %}
  {% set plain = adapter.dispatch('not_distinct', 'dot_control')(x, y) %}
  {% set options = [plain] %}
  {% if form['kind'] in ['float', 'decimal'] %}
    {% set x_float, y_float = dot_control.as_double(x, form['type'], form['kind']), dot_control.as_double(y, form['type'], form['kind']) %}
    {% if request['tolerance'] %}
      {% set exact = form['kind'] == 'decimal' and adapter.dispatch('has_room', 'dot_control')(form['type'] | lower) %}
      {% do options.append('abs(' ~ (x if exact else x_float) ~ ' - ' ~ (y if exact else y_float) ~ ') <= ' ~ request['tolerance']) %}
    {% endif %}
    {% if request['relative_tolerance'] %}
      {% set most = 'greatest(abs(' ~ x_float ~ '), abs(' ~ y_float ~ '))' %}
      {% do options.append('(abs(' ~ x_float ~ ' - ' ~ y_float ~ ') <= ' ~ request['relative_tolerance'] ~ ' * ' ~ most
        ~ ' and ' ~ most ~ " < cast('Infinity' as " ~ dot_control.double_type() ~ '))') %}
    {% endif %}
  {% endif %}
  {{ return(plain if options | length == 1 else '(' ~ options | join(' or ') ~ ')') }}
{% endmacro %}

{% macro default__not_distinct(x, y) %}{{ return(x ~ ' is not distinct from ' ~ y) }}{% endmacro %}
{% macro redshift__not_distinct(x, y) %}{{ return('(' ~ x ~ ' = ' ~ y ~ ' or (' ~ x ~ ' is null and ' ~ y ~ ' is null))') }}{% endmacro %}
{% macro spark__not_distinct(x, y) %}{{ return(x ~ ' <=> ' ~ y) }}{% endmacro %}

{# Whether a difference of two such decimals, and its comparison with a tolerance, stay within the digits that there are. #}
{% macro default__has_room(type) %}{{ return(dot_control.digits_of(type)[0] <= 28) }}{% endmacro %}
{% macro postgres__has_room(type) %}{{ return(true) }}{% endmacro %}

{% macro all_same(request, plan) %}
  {% set all = [] %}
  {% for form in plan['columns'] %}{% do all.append(dot_control.same(request, form, loop.index)) %}{% endfor %}
  {{ return(all | join(' and ') or '1 = 1') }}
{% endmacro %}

{% macro on_keys(plan) %}
  {% set all = [] %}
  {% for form in plan['keys'] %}{% do all.append('x.k' ~ loop.index ~ ' = y.k' ~ loop.index) %}{% endfor %}
  {{ return(all | join(' and ')) }}
{% endmacro %}

{% macro any_null(side, plan) %}
  {% set all = [] %}
  {% for form in plan['keys'] %}{% do all.append(side ~ '.k' ~ loop.index ~ ' is null') %}{% endfor %}
  {{ return(all | join(' or ')) }}
{% endmacro %}

{# A key as one text: its parts with U+001F between, and that character inside of a text as U+001E and a digit. #}
{% macro key_text(side, plan) %}
  {% set parts = [] %}
  {% for form in plan['keys'] %}
    {% set part = 'cast(' ~ side ~ '.k' ~ loop.index ~ ' as ' ~ dot_control.text_type() ~ ')' %}
    {% if plan['keys'] | length > 1 and form['kind'] == 'text' %}
      {% set part = "replace(replace(" ~ part ~ ", chr(30), chr(30) || '0'), chr(31), chr(30) || '1')" %}
    {% endif %}
    {% do parts.append(part) %}
  {% endfor %}
  {{ return(parts | join(' || chr(31) || ')) }}
{% endmacro %}

{% macro key_part(text, at, plan) %}
  {{ return(text if plan['keys'] | length == 1 else adapter.dispatch('split_at', 'dot_control')(text, at)) }}
{% endmacro %}

{% macro default__split_at(text, at) %}{{ return('split_part(' ~ text ~ ', chr(31), ' ~ at ~ ')') }}{% endmacro %}
{% macro bigquery__split_at(text, at) %}{{ return('split(' ~ text ~ ', chr(31))[offset(' ~ (at - 1) ~ ')]') }}{% endmacro %}

{# Of each side: the rows whose key is NULL in part, and those behind the first of their key. #}
{% macro key_faults(request, plan) %}
  {% set text = dot_control.text_type() %}
  {% set names = dot_control.names('k', plan['keys']) %}
  {% set parts = [] %}
  {% for side in ['before', 'after'] %}
    {% do parts.append("select '" ~ side ~ "', cast(coalesce(sum(case when " ~ dot_control.any_null('q', plan) ~ " then n else 0 end), 0) as " ~ text ~ "),
      cast(coalesce(sum(case when " ~ dot_control.any_null('q', plan) ~ " then 0 else n - 1 end), 0) as " ~ text ~ ")
      from (select " ~ names ~ ", count(*) as n from " ~ dot_control.source(request, plan, side) ~ " s group by " ~ names ~ ") q") %}
  {% endfor %}
  {{ return(dot_control.rows_of(run_query(dot_control.with_bound(request, plan) ~ 'f as (' ~ parts | join(' union all ') ~ ') select * from f'))) }}
{% endmacro %}

{# The values of both sides for some keys, looked up by the key. #}
{% macro tell_samples(request, plan, samples) %}
  {% if not samples %}{{ return('') }}{% endif %}
  {% set conditions = [] %}
  {% for sample in samples %}
    {% set key = sample['key'] %}
    {% set parts = key.split('\u001f') if plan['keys'] | length > 1 else [key] %}
    {% set all = [] %}
    {% for form in plan['keys'] %}
      {% set part = parts[loop.index0] %}
      {% if plan['keys'] | length > 1 and form['kind'] == 'text' %}
        {% set part = part | replace('\u001e1', '\u001f') | replace('\u001e0', '\u001e') %}
      {% endif %}
      {% do all.append('k' ~ loop.index ~ ' = cast(' ~ dot_control.data_literal(part) ~ ' as ' ~ form['type'] ~ ')') %}
    {% endfor %}
    {% do conditions.append('(' ~ all | join(' and ') ~ ')') %}
  {% endfor %}
  {% set values = [] %}
  {% set sources = [] %}
  {% for side, alias in [('before', 'x'), ('after', 'y')] %}
    {% set shown = dot_control.shown_values(plan, side) %}
    {% for value in shown %}{% do values.append(alias ~ '.v' ~ loop.index ~ ' as ' ~ alias ~ loop.index) %}{% endfor %}
    {% do sources.append('(select * from ' ~ dot_control.source(request, plan, side, more=shown) ~ ' s where ' ~ conditions | join(' or ') ~ ') ' ~ alias) %}
  {% endfor %}
  {% set rows = dot_control.rows_of(run_query(dot_control.with_bound(request, plan) ~ "shown as (
    select case when x.p is null then " ~ dot_control.key_text('y', plan) ~ " else " ~ dot_control.key_text('x', plan) ~ " end as key_text, "
      ~ values | join(', ') ~ " from " ~ sources | join(' full outer join ') ~ " on " ~ dot_control.on_keys(plan) ~ ") select * from shown")) %}
  {% do dot_control.answer(request, {'event': 'samples', 'samples': samples, 'rows': rows}) %}
{% endmacro %}

{# The values of keys and columns, as people read them, as v1, v2, … #}
{% macro shown_values(plan, side) %}
  {% set found = [] %}
  {% for form in plan['keys'] + plan['columns'] %}
    {% do found.append(dot_control.shown(dot_control.quoted(form['pair'][side]), form['pair'][side ~ '_type']) ~ ' as v' ~ loop.index) %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#
  All rows that differ, some at a time: what dbt holds of them has no end else. Each time is a join; all values are texts
  already.
#}
{% macro tell_all_rows(request, plan, count) %}
  {% set page = 50000 %}
  {% set x = dot_control.shown_values(plan, 'before') %}
  {% set y = dot_control.shown_values(plan, 'after') %}
  {% set order = [] %}
  {% for form in plan['keys'] %}{% do order.append('coalesce(x.k' ~ loop.index ~ ', y.k' ~ loop.index ~ ')') %}{% endfor %}
  {% set digits = [] %}
  {% for form in plan['columns'] %}{% do digits.append("case when " ~ dot_control.same(request, form, loop.index) ~ " then '0' else '1' end") %}{% endfor %}
  {% set values = [] %}
  {% for alias, shown in [('x', x), ('y', y)] %}
    {% for value in shown %}{% do values.append(alias ~ '.v' ~ loop.index ~ ' as ' ~ alias ~ loop.index) %}{% endfor %}
  {% endfor %}
  {% for start in range(0, count, page) %}
    {% set result = run_query(
      dot_control.with_bound(request, plan) ~ "d as (
        select case when x.p is null then 'A' when y.p is null then 'R' else 'C' end as kind, "
          ~ dot_control.joined(digits, '') ~ " as mask, " ~ values | join(', ') ~ ",
          row_number() over (order by " ~ order | join(', ') ~ ") as place
        from " ~ dot_control.source(request, plan, 'before', more=x) ~ " x
        full outer join " ~ dot_control.source(request, plan, 'after', more=y) ~ " y on " ~ dot_control.on_keys(plan) ~ "
        where x.p is null or y.p is null or not (" ~ dot_control.all_same(request, plan) ~ ")
      ) select * from d where place > " ~ start ~ " and place <= " ~ (start + page) ~ " order by place"
    ) %}
    {% set rows = [] %}
    {% for row in result.rows %}{% do rows.append(row.values()[:-1] | list) %}{% endfor %}
    {% do dot_control.tell_rows(request, rows) %}
  {% endfor %}
{% endmacro %}

{# Few at a time: a line is as long as all of them. #}
{% macro tell_rows(request, rows) %}
  {% for batch in rows | batch(50) %}
    {% do dot_control.answer(request, {'event': 'page', 'rows': batch}) %}
  {% endfor %}
{% endmacro %}

{# As multisets of whole rows: what there is of a row on one side more than on the other. #}
{% macro compare_whole(request, plan) %}
  {% set text = dot_control.text_type() %}
  {% set forms = plan['keys'] + plan['columns'] %}
  {% set names = [dot_control.names('k', plan['keys']), dot_control.names('c', plan['columns'])] | select | join(', ') %}
  {% set counts = [] %}
  {% for side in ['before', 'after'] %}
    {% do counts.append("select 'rows' as what, '" ~ side ~ "' as kind, cast(count(*) as " ~ text ~ ") as n from " ~ dot_control.source(request, plan, side) ~ " s") %}
  {% endfor %}
  {% if not names %}
    {% do dot_control.answer(request, {'event': 'whole', 'found': dot_control.rows_of(run_query(counts | join(' union all '))), 'width': 0}) %}
    {{ return('') }}
  {% endif %}
  {% set nothing = [] %}
  {% set shown = [] %}
  {% for form in forms %}
    {% set name = ('k' ~ loop.index) if loop.index <= plan['keys'] | length else ('c' ~ (loop.index - plan['keys'] | length)) %}
    {% do nothing.append('cast(null as ' ~ text ~ ')') %}
    {% do shown.append(adapter.dispatch('shown_plain', 'dot_control')(name, form['type'] | lower)) %}
  {% endfor %}
  {% set start = dot_control.with_bound(request, plan) ~ "u as " ~ dot_control.materialized() ~ "(
    select " ~ names ~ ", sum(d) as d from (
      select -1 as d, " ~ names ~ " from " ~ dot_control.source(request, plan, 'before', whole=true) ~ " x
      union all select 1 as d, " ~ names ~ " from " ~ dot_control.source(request, plan, 'after', whole=true) ~ " y
    ) t group by " ~ names ~ " having sum(d) <> 0
  ), o as (
    select case when d > 0 then 'A' else 'R' end as kind, abs(d) as n, " ~ names ~ ",
      row_number() over (partition by case when d > 0 then 'A' else 'R' end order by " ~ names ~ ") as place
    from u
  ) " %}
  {% set found = dot_control.rows_of(run_query(start ~ "
    select 'kind' as what, kind, cast(sum(n) as " ~ text ~ ") as n, cast(count(*) as " ~ text ~ ") as place, " ~ nothing | join(', ') ~ " from o group by kind
    union all
    select what, kind, n, cast(null as " ~ text ~ "), " ~ nothing | join(', ') ~ " from (" ~ counts | join(' union all ') ~ ") c
    union all
    select 'sample', kind, cast(n as " ~ text ~ "), cast(place as " ~ text ~ "), " ~ shown | join(', ') ~ " from o where place <= " ~ request['samples']
  )) %}
  {% do dot_control.answer(request, {'event': 'whole', 'found': found, 'width': forms | length}) %}
  {% if request['rows'] %}
    {% for kind in ['R', 'A'] %}
      {% set count = found | selectattr(0, 'equalto', 'kind') | selectattr(1, 'equalto', kind) | map(attribute=3) | map('int') | sum %}
      {% for from in range(0, count, 20000) %}
        {% set rows = dot_control.rows_of(run_query(start ~ "select kind, cast(n as " ~ text ~ "), " ~ shown | join(', ') ~ " from o
          where kind = '" ~ kind ~ "' and place > " ~ from ~ " and place <= " ~ (from + 20000) ~ " order by place")) %}
        {% do dot_control.tell_rows(request, rows) %}
      {% endfor %}
    {% endfor %}
  {% endif %}
{% endmacro %}
