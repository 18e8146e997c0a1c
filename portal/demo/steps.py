"""The twelve steps of the walk, in their words."""

from __future__ import annotations

from portal.demo.generate_people import ANA, LOU, MANAGER, MANAGER2, RIVAL
from portal.demo.tour import (
    AUDITOR,
    DESKTOP,
    FINANCE,
    INVOICE,
    PHONE,
    TERMINAL,
    Door,
    Part,
    Step,
    acted,
    always,
    opened,
)

STEPS = (
    Step(
        1,
        "Start it",
        "One command, no services to install: data, server and worker run on this machine.",
        TERMINAL,
        (),
        ("The address, the password, the accounts and this page",),
        (Part("The demo is built", always),),
        commands=("make demo",),
    ),
    Step(
        2,
        "See what a seller sees",
        "Ana sells at Friendly Bike Shop. Her page says what she has, what to do, and how far the next step is.",
        PHONE,
        (Door(ANA, "Open as Ana", "home.show_home"),),
        (
            "1,860 stars",
            "Helmet sprint: 22 of 25 for the badge, 40 stars each, 14 days left",
            "Rank 4 in the Northwest",
            "A reward of 2,000 stars: 140 stars away",
        ),
        (Part("Opened as Ana", opened(2)),),
    ),
    Step(
        3,
        "Claim a sale",
        "Type “sport”, take 3 of HL-U509 and 1 of HL-U509-R, add the bottle WB-H098, the invoice "
        "number and its photo. Keep this window open: step 6 comes back to it untouched.",
        PHONE,
        (Door(ANA, "Claim a sale as Ana", "claims.submission.new_claim"),),
        ("The bottle says at once: 0 stars, in no program", "160 stars when approved, usually within one working day"),
        (Part("FB-1042 is filed", acted("claim.submitted", by=ANA, about=INVOICE)),),
        files=("FB-1042.pdf",),
    ),
    Step(
        4,
        "Try to cheat",
        "File the same sale again as “fb 1042”. Then enter as a rival and open the address of Ana's claim.",
        PHONE,
        (
            Door(ANA, "File it again as Ana", "claims.submission.new_claim"),
            Door(RIVAL, "Open her claim as a rival", "claim"),
        ),
        ("Refused before it is sent, with a link to the first claim", "The rival finds nothing: page not found"),
        (Part("The twin was refused", acted("claim.filing_refused")), Part("A rival came by", opened(4))),
    ),
    Step(
        5,
        "Decide the queue",
        "Enter opens a claim, A approves it, I asks. The safe ones go together, after a preview "
        "that leaves out what two people should look at.",
        DESKTOP,
        (Door(MANAGER, "Open the queue as Tess", "claims.review.list_queue"),),
        (
            "“Posts 160 stars to Ana Ruiz”",
            "Two claims are left out, each with its reason and its twin",
            "A claim that Tess entered herself has no approve button",
        ),
        (
            Part("FB-1042 is approved", acted("claim.approved", "claim.partially_approved", by=MANAGER, about=INVOICE)),
            Part("One seller was asked", acted("claim.information_requested")),
            Part("The safe ones went together", acted("claims.approved_together")),
        ),
    ),
    Step(
        6,
        "It lands while she watches",
        "Look at the phone from step 3: nobody touched it.",
        PHONE,
        (Door(ANA, "Or open it as Ana", "home.show_home"),),
        ("Within 5 seconds: 2,020 stars", "The badge Helmet sprint 25, told once", "Rank 3 with 26 helmets"),
        (Part("The badge is hers", acted("badge.awarded", "badge_award", "badge")),),
    ),
    Step(
        7,
        "Why 160?",
        "Every number opens: to its lines, the sentence, the version and the two people behind it.",
        PHONE,
        (Door(ANA, "Open the claim as Ana", "claim"),),
        (
            "4 Sport-100 helmets x 40 stars, two lines",
            "Version 1, published by Tess Moran, approved by Sam Idris",
            "The bottle: not counted, in no program",
        ),
        (Part("Opened as Ana", opened(7)),),
    ),
    Step(
        8,
        "Spend them",
        "Order the reward of 2,000 stars, cancel it, order it again. Then fulfill it as Sam.",
        DESKTOP,
        (
            Door(ANA, "Rewards as Ana", "rewards.catalog.list_rewards"),
            Door(MANAGER2, "Fulfill as Sam", "rewards.fulfillment.list_waiting"),
        ),
        ("2,020 before, 20 after; stock from 3 to 2", "Canceled: 2,020 and 3 again"),
        (
            Part("Ordered", acted("order.placed", by=ANA)),
            Part("Canceled", acted("order.cancelled", "order.canceled")),
            Part("Fulfilled", acted("order.fulfilled", by=MANAGER2)),
        ),
    ),
    Step(
        9,
        "The shop's own money",
        "Lou owns the shop. The closed quarter is a document, the open one an outlook.",
        DESKTOP,
        (Door(LOU, "Statements as Lou", "programs.statements.list_statements"),),
        (
            "Volume rebate 46.37 on 2,021.77 (5.00 + 32.50 + 8.87)",
            "Parts growth 67.12 on 4,996.78 against 3,318.90",
            "This quarter: 4,045.00 earns 127.30; 455.00 more earns 18.20 and opens the 5 % band",
            "Gold with 258,125.94; 41,874.06 more to platinum",
            "The draft twin would have paid 80.87",
        ),
        (Part("Opened as Lou", opened(9)),),
    ),
    Step(
        10,
        "News from the past",
        "Import late.csv from the source “erp”: a return of three hitch racks arrives after its quarter was closed.",
        DESKTOP,
        (Door(MANAGER, "Import as Tess", "sales.imports.upload_import", "source=erp"),),
        (
            "1 new, 1 same, 1 conflict, 1 error with line and column",
            "The closed statement stays as it was",
            "The open one shows two adjustments of −8.64: 46.37 to 37.73, 67.12 to 58.48",
        ),
        (Part("The late line is in", acted("import.posted", by=MANAGER)),),
        files=("late.csv",),
    ),
    Step(
        11,
        "Do the books foot?",
        "Finance sees one line a unit; each cell opens to its entries.",
        DESKTOP,
        (Door(FINANCE, "Roll-forward as Ingrid", "ledger.show_roll_forward"),),
        ("Opening + earned + adjusted − redeemed = closing, per unit", "−17.28 opens to the two entries of step 10"),
        (Part("Opened as Ingrid", opened(11)),),
        commands=("portal verify", "portal explain accessories-clothing-volume AW00000290 <quarter>"),
    ),
    Step(
        12,
        "Prove it",
        "Mara audits. One search tells the whole story of the invoice; then publish the twin plan twice: "
        "with one name it is refused in words, with two it is accepted.",
        DESKTOP,
        (Door(AUDITOR, "Search FB-1042 as Mara", "home.search.search", f"q={INVOICE}"),),
        (
            "Filed, refused twin, approved, posted, badge, redeemed: who, when, version, hash",
            "Print the statement, switch to dark, narrow the window to 360 px",
        ),
        (Part("Opened as Mara", opened(12)), Part("Published by two people", acted("program.published"))),
        commands=(
            "portal programs publish <plan> --by manager@demo.example --approved-by manager@demo.example",
            "portal programs publish <plan> --by manager@demo.example --approved-by manager2@demo.example",
        ),
    ),
)
