"""The page: practice and classes in a browser. `site` holds what it is made of, `app` has its routes as one table.

schema, migrations   the tables, and how a database comes to have them
store                what is asked of the database, each in one transaction
sessions             cookies that are signed, codes that cannot be guessed, tokens of forms
guard                what every request passes: host, size, rate; and the headers of every response
judging              submissions through the killable workers, in the order in which they were committed
working              what a worker does for the page: a question's formulas, how an answer is read, verdicts
markup               elements whose text is always escaped
assets               what a browser loads, each file named in a table
practising, joining  the pages of a student
teaching, grouping   the pages of a teacher
drawing, frame       what stands on them

All of it but `working` needs the extra `web`.
"""
