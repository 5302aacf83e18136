"""The sample municipality of `verwerkingenlog demo`: who is there, what happens, how it is shown.

municipality, inhabitants   who and what there is: tables of plain data
telling                     the few words in which events are told
events, everyday            what happens, in those words
story                       all of it, counted back from one moment
filling                     sends a story to a running log, through its API
home                        the demo's own directory
attempts, welcome           what a visitor can try, and how that is printed
"""
