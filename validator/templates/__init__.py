"""The expression language of Stories: lexer, parser, evaluator, functions, type inference over schemas.

May import: findings, rules, schemas.
"""
