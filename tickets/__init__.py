"""The work: tickets, what is said on them, whose they are, who is told, and the pages of agents and customers.

Above recipients, whom it asks who is behind an address, and below mailboxes, which hand it mails and send what it
writes into the outbox. Its folders import downwards only; those of one line know nothing of each other:

    portal                              what customers see of their tickets, and write
    ticket_list, ticket_page, settings  the list, one ticket, and what administrators set: the pages of agents
    intake                              what becomes of a mail, of an agent's new ticket, of a visitor's message
    rules                               what is done with new requests, and over time, without anybody doing it
    macros                              beside them: canned replies, and macros that do more than answer
    satisfaction                        whether customers are satisfied: the question, the answer, a report
    assigning                           who gets the tickets that are nobody's, or of somebody who is away
    service_levels                      how soon tickets are due: what recomputes it, tells of it, and its pages
    waiting                             what is put off, wakes, and is closed because nobody answers
    customers                           whose ticket it is: assignment, pairing, transfer, merging
    sender                              whether the sender is believed: links, primary address, held messages, claims
    conversation                        what is said: replies, notes, people in CC, merging tickets, undo
    notifications, search, agents       who is told what by mail; finding tickets; what pages of agents share
    fields                              beside them: custom fields on tickets and customers
    drafts                              beside them: what agents and visitors type and attach, and have not sent
    hours, wording                      working hours and days off; mails in a queue's own words
    models, text                        rows and the small verbs that change them; HTML, plain text, tags and tokens
    clock                               working time, which service level holds, when something is due: pure

An event is the history of a ticket and the only reason of a mail: `Ticket.record` writes one that calls for none,
`notifications.dispatch.announce` one with the mails that it calls for.
"""
