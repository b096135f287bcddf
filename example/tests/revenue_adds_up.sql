-- Every order counts once: the customers' revenue is the orders' amount.
with customers as (select sum(revenue) as total from {{ ref('customer_orders') }}),

orders as (select sum(amount) as total from {{ ref('stg_orders') }})

select customers.total as by_customer, orders.total as by_order
from customers
cross join orders
where customers.total is distinct from orders.total
