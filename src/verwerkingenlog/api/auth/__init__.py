"""Who calls: from the Authorization header to an `Aanroeper` (rules S1, S2).

Every source of the decision ends in an `Aanroeper`. The applications that are registered here are the first;
tokens of an OpenID provider and grants of a ZGW Autorisaties API are further branches of `Authenticator`.
"""
