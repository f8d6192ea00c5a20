"""Where each column of the standard (HTCDS) has its home in a case."""

# Column → (section, field).
HOMES = {
    "prs_Salutation": ("person", "salutation"),
    "prs_FirstName": ("person", "given_names"),
    "prs_SecondName": ("person", "family_name"),
    "prs_Birthdate": ("person", "birth"),
    "prs_Gender": ("person", "sex"),
    "prs_Citizenship": ("person", "citizenship"),
    "prs_Title": ("person", "title"),
    "prs_Email": ("person", "email"),
    "prs_HomePhone": ("person", "home_phone"),
    "prs_MobilePhone": ("person", "phone"),
    "prs_MailingStreet": ("person", "street"),
    "prs_MailingCity": ("person", "city"),
    "prs_MailingState": ("person", "state"),
    "prs_MailingPostalCode": ("person", "postal_code"),
    "prs_MailingCountry": ("person", "country"),
    "vic_MethodOfRecruitment": ("account", "recruitment"),
    "vic_LocationOfRecruitment": ("account", "location_of_recruitment"),
    "vic_MethodsOfControl": ("account", "control"),
    "vic_TypeOfExploitation": ("account", "exploitation"),
    "vic_ForcedLabourIndustry": ("account", "industry"),
    "vic_TypeOfSexExploitation": ("account", "sexual_exploitation"),
    "vic_LocationOfExploitation": ("account", "location_of_exploitation"),
    "prs_MiddleName": ("person", "middle_name"),
    "prs_Deceased": ("person", "deceased"),
    "prs_MaritalStatus": ("person", "marital_status"),
    "prs_NumberOfChildren": ("person", "children"),
    "prs_PrimaryLanguage": ("person", "languages"),
    "prs_SecondaryLanguage": ("person", "languages"),
    "prs_HighestLevelOfEducation": ("person", "education"),
    "prs_IdentityNumber": ("person", "document_number"),
    "vic_RelationshipToTrafficker": ("account", "relation"),
    "vic_AgeWhenTrafficked": ("account", "age_then"),
    "vic_RecruitmentWebsitesAndApps": ("account", "recruitment_apps"),
    "vic_ExploitationWebsitesAndApps": ("account", "exploitation_apps"),
}
# Several values in one cell.
MULTIPLE = frozenset(
    {
        "vic_MethodOfRecruitment",
        "vic_MethodsOfControl",
        "vic_TypeOfExploitation",
        "vic_ForcedLabourIndustry",
        "vic_TypeOfSexExploitation",
        "vic_RecruitmentWebsitesAndApps",
        "vic_ExploitationWebsitesAndApps",
    }
)
LISTED = frozenset(
    {"prs_MaritalStatus", "prs_HighestLevelOfEducation", "vic_RelationshipToTrafficker"}
)
# What goes to the case itself or beside it, and not into the words kept of the file.
PLACED = {
    "con_Consent",
    "prs_Birthdate",
    "cas_Status",
    "vic_TraffickingStatus",
    "vic_TraffickingStatusDecisionMakingOrg",
    "cas_CaseOwner",
}
# What happens to a new case so that it stands as the file says (see :data:`models.states.CASE`).
VERBS = {
    "Active": "assist",
    "FollowUp": "follow_up",
    "Closed": "close",
    "ClosedReferred": "close",
}
TRAFFICKING = {
    "PossibleVictimOfTrafficking": "possible",
    "ActualVictimOfTrafficking": "actual",
    "NotAVictimOfTrafficking": "not",
}
