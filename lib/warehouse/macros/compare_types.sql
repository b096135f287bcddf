{# What a type is for a comparison; `other` has no equality that could be relied on, and is compared by its text. #}
{% macro kind_of(type) %}
  {% set name = modules.re.sub('\\(.*?\\)', '', type | lower) | trim %}
  {% set name = modules.re.sub('\\s+', ' ', name) %}
  {{ return(adapter.dispatch('kind_of_name', 'dot_control')(name)) }}
{% endmacro %}

{% macro default__kind_of_name(name) %}
  {% for kind, pattern in [
    ('integer', 'u?(tiny|small|medium|big|huge)?int(eger)?|u?int(2|4|8|16|32|64|128|256)|byteint|long|short|byte'),
    ('decimal', 'dec|decimal|numeric|number|bignumeric|bigdecimal'),
    ('float', 'real|float[48]?|float(32|64)|double( precision)?'),
    ('text', 'text|varchar|char|character|character varying|bpchar|string|nvarchar|nchar|citext|name'),
    ('boolean', 'bool(ean)?'),
    ('date', 'date'),
    ('timestamptz', 'timestamptz|timestamp_(tz|ltz)|timestamp with (local )?time zone'),
    ('timestamp', 'datetime|timestamp(_(ntz|s|ms|us|ns))?|timestamp without time zone'),
    ('same', 'uuid|bytea|blob|binary|varbinary|bytes|time|time without time zone|timetz|time with time zone|interval|interval .*')
  ] if modules.re.match('(?:' ~ pattern ~ ')$', name) %}{{ return(kind) }}{% endfor %}
  {{ return('other') }}
{% endmacro %}

{% macro bigquery__kind_of_name(name) %}
  {{ return('timestamptz' if name == 'timestamp' else dot_control.default__kind_of_name(name)) }}
{% endmacro %}

{% macro spark__kind_of_name(name) %}
  {{ return('timestamptz' if name == 'timestamp' else dot_control.default__kind_of_name(name)) }}
{% endmacro %}

{#
  How the values of a column of both sides are brought to what the engine's own equality tells right: an expression for each
  side and the type of both, which is none where the engine finds it.
#}
{% macro normal_forms(before, before_type, after, after_type, options) %}
  {% set kinds = [dot_control.kind_of(before_type), dot_control.kind_of(after_type)] %}
  {% set alike = before_type | lower == after_type | lower %}
  {% set types = [before_type, after_type] %}
  {% set sides = [before, after] %}
  {% if 'other' in kinds %}
    {{ return(dot_control.by_text(sides, types, kinds, options)) }}
  {% elif kinds == ['text', 'text'] %}
    {{ return(dot_control.by_text(sides, types, kinds, options)) }}
  {% elif alike %}
    {{ return({'kind': kinds[0], 'before': before, 'after': after, 'type': after_type}) }}
  {% elif 'float' in kinds and kinds | reject('in', ['float', 'integer', 'decimal']) | list | length == 0 %}
    {{ return(dot_control.by_float(sides, types, kinds)) }}
  {% elif kinds == ['integer', 'integer'] %}
    {% set type = adapter.dispatch('wide_integer', 'dot_control')(types) %}
    {% if type is none %}{{ return(dot_control.by_text(sides, types, kinds, options)) }}{% endif %}
    {{ return(dot_control.by_cast('integer', sides, type)) }}
  {% elif kinds | reject('in', ['integer', 'decimal']) | list | length == 0 %}
    {% set type = adapter.dispatch('wide_decimal', 'dot_control')(types) %}
    {% if type is none %}{{ return(dot_control.by_text(sides, types, kinds, options)) }}{% endif %}
    {{ return(dot_control.by_cast('decimal', sides, type)) }}
  {% elif kinds | reject('in', ['date', 'timestamp', 'timestamptz']) | list | length == 0 %}
    {{ return(dot_control.by_time(sides, types, kinds)) }}
  {% elif kinds | reject('in', ['boolean', 'integer']) | list | length == 0 %}
    {{ return(dot_control.by_cast('integer', sides, 'integer')) }}
  {% elif kinds[0] == 'same' and kinds[1] == 'same' and dot_control.base_of(before_type) == dot_control.base_of(after_type) %}
    {{ return({'kind': 'same', 'before': before, 'after': after, 'type': after_type}) }}
  {% else %}
    {{ return(dot_control.by_text(sides, types, kinds, options)) }}
  {% endif %}
{% endmacro %}

{% macro base_of(type) %}{{ return(modules.re.sub('\\(.*?\\)', '', type | lower) | trim) }}{% endmacro %}

{% macro by_cast(kind, sides, type) %}
  {{ return({
    'kind': kind,
    'before': 'cast(' ~ sides[0] ~ ' as ' ~ type ~ ')',
    'after': 'cast(' ~ sides[1] ~ ' as ' ~ type ~ ')',
    'type': type
  }) }}
{% endmacro %}

{% macro by_text(sides, types, kinds, options) %}
  {% set text = dot_control.text_type() %}
  {% set numbers = 'integer' in kinds or 'decimal' in kinds or 'float' in kinds %}
  {% set forms = [] %}
  {% for at in [0, 1] %}
    {% if kinds[at] == 'text' %}
      {% set plain = modules.re.match('(text|varchar|character varying|string)\\b', types[at] | lower) %}
      {% set form = sides[at] if plain else 'cast(' ~ sides[at] ~ ' as ' ~ text ~ ')' %}
      {% if numbers %}{% set form = dot_control.number_text(form) %}{% endif %}
      {% if options['trim'] %}{% set form = adapter.dispatch('trimmed', 'dot_control')(form) %}{% endif %}
      {% if options['ignore_case'] %}{% set form = 'lower(' ~ form ~ ')' %}{% endif %}
    {% elif kinds[at] == 'decimal' %}
      {% set form = dot_control.number_text('cast(' ~ sides[at] ~ ' as ' ~ text ~ ')') %}
    {% elif kinds[at] == 'other' %}
      {% set form = adapter.dispatch('canonical_text', 'dot_control')(sides[at], types[at] | lower) %}
    {% else %}
      {% set form = 'cast(' ~ sides[at] ~ ' as ' ~ text ~ ')' %}
    {% endif %}
    {% do forms.append(form) %}
  {% endfor %}
  {{ return({'kind': 'text', 'before': forms[0], 'after': forms[1], 'type': text}) }}
{% endmacro %}

{# The text of a number without the zeros at its end, and with one before the point; any other text stays what it is. #}
{% macro number_text(text) %}
  {% set short = "rtrim(rtrim(" ~ text ~ ", '0'), '.')" %}
  {{ return("case when " ~ text ~ " like '%.%' and translate(" ~ text ~ ", '0123456789.-', '') = '' then
    case when " ~ short ~ " in ('', '-', '-0', '0') then '0'
      when " ~ short ~ " like '.%' then '0' || " ~ short ~ "
      when " ~ short ~ " like '-.%' then '-0' || substr(" ~ short ~ ", 2)
      else " ~ short ~ " end
    else " ~ text ~ " end") }}
{% endmacro %}

{# Of spaces alone: an engine's own may take more. #}
{% macro default__trimmed(form) %}{{ return("trim(both ' ' from " ~ form ~ ')') }}{% endmacro %}
{% macro snowflake__trimmed(form) %}{{ return('trim(' ~ form ~ ", ' ')") }}{% endmacro %}
{% macro bigquery__trimmed(form) %}{{ return('trim(' ~ form ~ ", ' ')") }}{% endmacro %}

{# A date is coarser than any timestamp; what has no zone is taken for UTC. #}
{% macro by_time(sides, types, kinds) %}
  {% set forms = [] %}
  {% for at in [0, 1] %}
    {% set zoned = kinds[at] == 'timestamptz' and kinds[1 - at] != 'timestamptz' %}
    {% set form = adapter.dispatch('castable_time', 'dot_control')(sides[at], types[at] | lower) %}
    {% do forms.append(adapter.dispatch('in_utc', 'dot_control')(form) if zoned else form) %}
  {% endfor %}
  {% if 'date' in kinds %}{{ return(dot_control.by_cast('date', forms, 'date')) }}{% endif %}
  {% set digits = [dot_control.fraction_digits(types[0]), dot_control.fraction_digits(types[1])] | min %}
  {% set zoned = kinds == ['timestamptz', 'timestamptz'] %}
  {{ return(dot_control.by_cast(kinds[0] if zoned else 'timestamp', forms, adapter.dispatch('timestamp_type', 'dot_control')(digits, zoned))) }}
{% endmacro %}

{% macro default__castable_time(form, type) %}{{ return(form) }}{% endmacro %}

{# It has no way from nanoseconds to all of the others. #}
{% macro duckdb__castable_time(form, type) %}
  {{ return('cast(' ~ form ~ ' as timestamp)' if type == 'timestamp_ns' else form) }}
{% endmacro %}

{% macro fraction_digits(type) %}
  {% set found = modules.re.search('\\((\\d+)\\)', type) %}
  {% if found %}{{ return(found.group(1) | int) }}{% endif %}
  {% set name = type | lower %}
  {% for ending, digits in [('_s', 0), ('_ms', 3), ('_ns', 9)] if name.endswith(ending) %}{{ return(digits) }}{% endfor %}
  {{ return(adapter.dispatch('default_digits', 'dot_control')()) }}
{% endmacro %}

{% macro default__default_digits() %}{{ return(6) }}{% endmacro %}
{% macro trino__default_digits() %}{{ return(3) }}{% endmacro %}
{% macro snowflake__default_digits() %}{{ return(9) }}{% endmacro %}

{% macro default__timestamp_type(digits, zoned) %}{{ return('timestamp with time zone' if zoned else 'timestamp') }}{% endmacro %}

{% macro postgres__timestamp_type(digits, zoned) %}
  {{ return('timestamp(' ~ digits ~ ')' ~ (' with time zone' if zoned else '')) }}
{% endmacro %}

{% macro trino__timestamp_type(digits, zoned) %}{{ return(dot_control.postgres__timestamp_type(digits, zoned)) }}{% endmacro %}

{% macro redshift__timestamp_type(digits, zoned) %}{{ return('timestamptz' if zoned else 'timestamp') }}{% endmacro %}

{% macro duckdb__timestamp_type(digits, zoned) %}
  {{ return('timestamptz' if zoned else {0: 'timestamp_s', 3: 'timestamp_ms', 9: 'timestamp_ns'}.get(digits, 'timestamp')) }}
{% endmacro %}

{% macro snowflake__timestamp_type(digits, zoned) %}
  {{ return(('timestamp_tz' if zoned else 'timestamp_ntz') ~ '(' ~ digits ~ ')') }}
{% endmacro %}

{% macro bigquery__timestamp_type(digits, zoned) %}{{ return('timestamp' if zoned else 'datetime') }}{% endmacro %}

{% macro spark__timestamp_type(digits, zoned) %}{{ return('timestamp' if zoned else 'timestamp_ntz') }}{% endmacro %}

{% macro default__in_utc(form) %}{{ return('cast(' ~ form ~ " at time zone 'UTC' as timestamp)") }}{% endmacro %}
{% macro postgres__in_utc(form) %}{{ return("timezone('UTC', " ~ form ~ ')') }}{% endmacro %}
{% macro duckdb__in_utc(form) %}{{ return("timezone('UTC', " ~ form ~ ')') }}{% endmacro %}
{% macro trino__in_utc(form) %}{{ return('cast(' ~ form ~ " at time zone 'UTC' as timestamp(6))") }}{% endmacro %}
{% macro snowflake__in_utc(form) %}{{ return("cast(convert_timezone('UTC', " ~ form ~ ') as timestamp_ntz)') }}{% endmacro %}
{% macro bigquery__in_utc(form) %}{{ return('datetime(' ~ form ~ ", 'UTC')") }}{% endmacro %}
{% macro spark__in_utc(form) %}{{ return('cast(to_utc_timestamp(' ~ form ~ ', current_timezone()) as timestamp_ntz)') }}{% endmacro %}

{# Of floats of two widths a value is what the narrower can hold of it; what is out of its range is nothing that it has. #}
{% macro by_float(sides, types, kinds) %}
  {% set single = adapter.dispatch('single_floats', 'dot_control')() %}
  {% set narrow = [] %}
  {% for at in [0, 1] if kinds[at] == 'float' and types[at] | lower in single %}{% do narrow.append(types[at]) %}{% endfor %}
  {% set forms = [] %}
  {% for at in [0, 1] %}
    {% set form = dot_control.as_double(sides[at], types[at], kinds[at]) %}
    {% if narrow and types[at] | lower not in single %}
      {% set form = 'case when abs(' ~ form ~ ') between 1.2e-38 and 3.4028234e38 then cast(cast(' ~ form ~ ' as ' ~ narrow[0] ~ ') as '
        ~ dot_control.double_type() ~ ') else ' ~ form ~ ' end' %}
    {% endif %}
    {% do forms.append(form) %}
  {% endfor %}
  {{ return({'kind': 'float', 'before': forms[0], 'after': forms[1], 'type': dot_control.double_type()}) }}
{% endmacro %}

{% macro double_type() %}{{ return(adapter.dispatch('double_type', 'dot_control')()) }}{% endmacro %}
{% macro default__double_type() %}{{ return('double') }}{% endmacro %}
{% macro postgres__double_type() %}{{ return('double precision') }}{% endmacro %}
{% macro bigquery__double_type() %}{{ return('float64') }}{% endmacro %}

{% macro as_double(form, type, kind) %}{{ return(adapter.dispatch('as_double', 'dot_control')(form, type, kind)) }}{% endmacro %}
{% macro default__as_double(form, type, kind) %}{{ return('cast(' ~ form ~ ' as ' ~ dot_control.double_type() ~ ')') }}{% endmacro %}

{# A numeric may be out of a float's range, which is an error where it is cast. #}
{% macro postgres__as_double(form, type, kind) %}
  {% set plain = 'cast(' ~ form ~ ' as double precision)' %}
  {% if kind != 'decimal' %}{{ return(plain) }}{% endif %}
  {{ return("case when abs(" ~ form ~ ") > 1.7976931348623157e308 then cast(sign(" ~ form ~ ") as double precision) * cast('Infinity' as double precision)
    when abs(" ~ form ~ ") < 2.3e-308 then 0 else " ~ plain ~ " end") }}
{% endmacro %}

{% macro default__single_floats() %}{{ return(['real', 'float4']) }}{% endmacro %}
{% macro duckdb__single_floats() %}{{ return(['real', 'float4', 'float']) }}{% endmacro %}
{% macro spark__single_floats() %}{{ return(['real', 'float']) }}{% endmacro %}
{% macro snowflake__single_floats() %}{{ return([]) }}{% endmacro %}

{% macro default__wide_integer(types) %}{{ return('bigint') }}{% endmacro %}
{% macro duckdb__wide_integer(types) %}{{ return(none if 'uhugeint' in types | map('lower') | list else 'hugeint') }}{% endmacro %}
{% macro bigquery__wide_integer(types) %}{{ return('int64') }}{% endmacro %}

{# A decimal that holds all values of both types; none where there is none. #}
{% macro default__wide_decimal(types) %}
  {% set before = dot_control.digits_of(types[0] | lower) %}
  {% set after = dot_control.digits_of(types[1] | lower) %}
  {% set whole = [before[0] - before[1], after[0] - after[1]] | max %}
  {% set scale = [before[1], after[1]] | max %}
  {{ return('decimal(' ~ (whole + scale) ~ ', ' ~ scale ~ ')' if whole + scale <= 38 else none) }}
{% endmacro %}

{% macro postgres__wide_decimal(types) %}{{ return('numeric') }}{% endmacro %}
{% macro redshift__wide_decimal(types) %}{{ return(dot_control.default__wide_decimal(types)) }}{% endmacro %}
{% macro bigquery__wide_decimal(types) %}{{ return('bignumeric') }}{% endmacro %}

{# All digits of a number of this type, and those behind the point. #}
{% macro digits_of(type) %}
  {% set found = modules.re.search('\\((\\d+)\\s*(?:,\\s*(\\d+))?\\)', type) %}
  {% if found %}{{ return([found.group(1) | int, (found.group(2) or 0) | int]) }}{% endif %}
  {% for pattern, digits in [('u?tinyint|u?int1|byte', 3), ('u?small.*|int2|short', 5), ('integer|int|int4|uinteger', 10), ('u?bigint|int8|int64|long', 20)]
    if modules.re.match('(?:' ~ pattern ~ ')$', type) %}{{ return([digits, 0]) }}{% endfor %}
  {{ return([39, 0]) }}
{% endmacro %}

{% macro text_type() %}{{ return(adapter.dispatch('text_type', 'dot_control')()) }}{% endmacro %}
{% macro default__text_type() %}{{ return(api.Column.translate_type('string')) }}{% endmacro %}
{% macro redshift__text_type() %}{{ return('varchar(65535)') }}{% endmacro %}

{# A text that is the same for the same value, of what has no equality. #}
{% macro default__canonical_text(form, type) %}{{ return('cast(' ~ form ~ ' as ' ~ dot_control.text_type() ~ ')') }}{% endmacro %}

{% macro postgres__canonical_text(form, type) %}
  {{ return('cast(cast(' ~ form ~ ' as jsonb) as text)' if type == 'json' else 'cast(' ~ form ~ ' as text)') }}
{% endmacro %}

{% macro redshift__canonical_text(form, type) %}
  {{ return('json_serialize(' ~ form ~ ')' if type == 'super' else 'st_astext(' ~ form ~ ')' if type == 'geometry' else 'cast(' ~ form ~ ' as varchar(65535))') }}
{% endmacro %}

{% macro trino__canonical_text(form, type) %}
  {% if type == 'json' %}{{ return('json_format(' ~ form ~ ')') }}{% endif %}
  {% if modules.re.match('(array|map|row)\\b', type) %}{{ return('json_format(cast(' ~ form ~ ' as json))') }}{% endif %}
  {% if type == 'geometry' %}{{ return('st_astext(' ~ form ~ ')') }}{% endif %}
  {{ return('cast(' ~ form ~ ' as varchar)') }}
{% endmacro %}

{% macro snowflake__canonical_text(form, type) %}
  {{ return('st_astext(' ~ form ~ ')' if type in ['geometry', 'geography'] else 'to_json(to_variant(' ~ form ~ '))') }}
{% endmacro %}

{% macro bigquery__canonical_text(form, type) %}
  {{ return('st_astext(' ~ form ~ ')' if type == 'geography' else 'to_json_string(' ~ form ~ ')') }}
{% endmacro %}

{% macro spark__canonical_text(form, type) %}
  {{ return('to_json(' ~ form ~ ')' if modules.re.match('(array|map|struct)\\b', type) else 'cast(' ~ form ~ ' as string)') }}
{% endmacro %}

{# A value as people read it. #}
{% macro shown(form, type) %}
  {% if dot_control.kind_of(type) == 'other' %}{{ return(adapter.dispatch('canonical_text', 'dot_control')(form, type | lower)) }}{% endif %}
  {{ return(adapter.dispatch('shown_plain', 'dot_control')(form, type | lower)) }}
{% endmacro %}

{% macro default__shown_plain(form, type) %}{{ return('cast(' ~ form ~ ' as ' ~ dot_control.text_type() ~ ')') }}{% endmacro %}
{% macro trino__shown_plain(form, type) %}{{ return('to_hex(' ~ form ~ ')' if type == 'varbinary' else 'cast(' ~ form ~ ' as varchar)') }}{% endmacro %}
{% macro bigquery__shown_plain(form, type) %}{{ return('to_hex(' ~ form ~ ')' if type == 'bytes' else 'cast(' ~ form ~ ' as string)') }}{% endmacro %}
